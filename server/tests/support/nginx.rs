//! A real nginx before the application, as docs/running.md has it: default buffers, four kilobytes for a head.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::app::eventually;
use super::process::free_port;

/// A running nginx; killed when this is dropped.
pub(crate) struct Nginx {
    child: Child,
    pub(crate) door: SocketAddr,
    _folder: TempDir,
}

impl Nginx {
    /// Passes on to `upstream`.
    pub(crate) async fn before(upstream: SocketAddr) -> Self {
        let folder = TempDir::new().unwrap();
        let port = free_port();
        let door = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let here = folder.path().display();
        let config = format!(
            "daemon off; master_process off; pid {here}/pid; error_log stderr warn;
             events {{}}
             http {{
                 access_log off;
                 client_body_temp_path {here}/body; proxy_temp_path {here}/proxy;
                 fastcgi_temp_path {here}/fastcgi; uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
                 proxy_buffer_size 4k; proxy_buffers 8 4k;
                 server {{
                     listen {door};
                     large_client_header_buffers 4 16k;
                     location / {{
                         proxy_pass http://{upstream};
                         proxy_http_version 1.1;
                         proxy_set_header Host $http_host;
                         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                     }}
                 }}
             }}"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        // Debian has it where only root's PATH leads.
        let child = ["/usr/sbin/nginx", "nginx"].into_iter().find_map(|program| {
            let mut command = Command::new(program);
            command.arg("-p").arg(folder.path()).arg("-c").arg(&file);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
        });
        let child = child.expect("this test needs nginx; Debian: apt-get install nginx-light");
        eventually("nginx listens", || async { tokio::net::TcpStream::connect(door).await.is_ok() }).await;
        Self { child, door, _folder: folder }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
