//! A file that is there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that is being written under another name, for its owner alone; taken away unless it is kept.
pub(crate) struct Partial {
    path: PathBuf,
    to: PathBuf,
    is_kept: bool,
}

impl Partial {
    pub(crate) fn create(to: &Path) -> io::Result<(Self, File)> {
        let mut name = OsString::from(to);
        name.push(".partial");
        let path = PathBuf::from(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok((Self { path, to: to.to_owned(), is_kept: false }, file))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name. What it holds is on the disk by then.
    pub(crate) fn keep(mut self) -> io::Result<()> {
        fs::rename(&self.path, &self.to)?;
        self.is_kept = true;
        let folder = self.to.parent().filter(|folder| !folder.as_os_str().is_empty());
        // That it has its name must be on the disk too.
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_kept {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Writes a small file whole.
pub(crate) fn write_whole(to: &Path, content: &[u8]) -> io::Result<()> {
    let (partial, mut file) = Partial::create(to)?;
    file.write_all(content)?;
    file.sync_all()?;
    partial.keep()
}
