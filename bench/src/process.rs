//! A program under measurement: started, watched through `/proc`, ended with the benchmark.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::wire;

/// Linux tells processor time in hundredths of a second (`USER_HZ`) on every machine this runs on.
const TICKS_PER_SECOND: f64 = 100.0;
/// How long a program may take to answer first.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at whether it answers.
const LOOK: Duration = Duration::from_micros(500);

/// A running program that listens; killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From its start to its first 200.
    pub(crate) took: Duration,
}

/// Memory of a process, in MiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) now: f64,
    pub(crate) peak: f64,
}

impl Process {
    /// Starts it and waits for the first 200 at `path`.
    pub(crate) fn start(command: &mut Command, address: SocketAddr, path: &str) -> Result<Self> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null());
        let start = Instant::now();
        let child = command.spawn().with_context(|| format!("{}", command.get_program().display()))?;
        let mut process = Self { child, address, took: Duration::ZERO };
        while !wire::get(address, path, "").is_ok_and(|answer| answer.status == 200) {
            ensure!(start.elapsed() < PATIENCE, "nothing answered 200 at http://{address}{path}");
            ensure!(process.child.try_wait()?.is_none(), "it ended before it answered");
            sleep(LOOK);
        }
        process.took = start.elapsed();
        Ok(process)
    }

    /// Processor time so far, in seconds, of all its threads.
    pub(crate) fn cpu(&self) -> Result<f64> {
        cpu_seconds(self.child.id())
    }

    pub(crate) fn memory(&self) -> Result<Memory> {
        memory(self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Processor time of a process so far, user and kernel, all threads, in seconds.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    ticks(&stat).map(|ticks| ticks as f64 / TICKS_PER_SECOND).context("/proc/PID/stat is unreadable")
}

/// Resident memory of a process.
pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let of = |name: &str| mebibytes(&status, name).with_context(|| format!("/proc/PID/status has no {name}"));
    Ok(Memory { now: of("VmRSS:")?, peak: of("VmHWM:")? })
}

/// An address of this machine that nobody listens on just now.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// `utime` and `stime`, the 14th and 15th field; the second is in brackets and may hold blanks.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

fn mebibytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_whatever_the_program_is_called() {
        let stat = "42 (a (odd) name) S 1 1 1 0 -1 4194560 9 0 0 0 30 12 7 7 20 0 3 0 1";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("nonsense"), None);
    }

    #[test]
    fn memory_is_read_in_mebibytes() {
        let status = "Name:\tx\nVmHWM:\t   40960 kB\nVmRSS:\t   20480 kB\n";
        assert_eq!((mebibytes(status, "VmRSS:"), mebibytes(status, "VmHWM:")), (Some(20.0), Some(40.0)));
        assert_eq!(mebibytes(status, "VmSwap:"), None);
    }
}
