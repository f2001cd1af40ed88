//! A loopback port that belongs to a test while nothing listens there: what
//! connects to it is refused, and no other program can take it meanwhile.

use std::{
    net::{Ipv4Addr, SocketAddrV4, TcpListener},
    os::fd::OwnedFd,
};

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with};

/// The port.
#[derive(Debug)]
pub struct Port {
    socket: OwnedFd,
    number: u16,
}

impl Port {
    /// Takes a port and leaves it closed.
    ///
    /// # Panics
    /// When no port can be had.
    #[must_use]
    pub fn closed() -> Self {
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)
            .expect("a socket can be made");
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))
            .expect("a loopback port can be had");
        let address = rustix::net::getsockname(&socket).expect("a bound socket has an address");
        let address = SocketAddrV4::try_from(address).expect("it was bound to such an address");
        Self { socket, number: address.port() }
    }

    /// What a provider's `base_url` is set to.
    #[must_use]
    pub fn base_url(&self) -> String {
        base_url(self.number)
    }

    pub(super) fn open(self) -> (u16, TcpListener) {
        listen(&self.socket, 128).expect("a bound socket can listen");
        (self.number, self.socket.into())
    }
}

pub(super) fn base_url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/v1")
}
