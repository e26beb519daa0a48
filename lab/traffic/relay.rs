//! Lets a program outside a network namespace reach a port inside: a listener belongs to the namespace in which it was
//! opened, whoever accepts from it. So it is opened outside, and handed as standard input to a process inside.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    os::{
        fd::{AsFd, OwnedFd},
        unix::process::CommandExt,
    },
    process::{Command, Stdio},
    sync::Arc,
};

use tokio::{io::copy_bidirectional, net::TcpStream, sync::Semaphore};

use crate::Answer;

/// At most so many connections at a time through one relay; more wait.
const MOST: usize = 512;

/// Listens on `on` and becomes `program`.
pub(crate) fn bind(on: SocketAddr, program: &[String]) -> Answer {
    let listener = TcpListener::bind(on).map_err(|error| format!("{on}: {error}"))?;
    let [program, arguments @ ..] = program else { return Err("no program is named".to_string()) };
    let error = Command::new(program).args(arguments).stdin(Stdio::from(OwnedFd::from(listener))).exec();
    Err(format!("{program}: {error}"))
}

/// Carries every connection that is made to the listener on standard input to `to`.
pub(crate) async fn relay(to: SocketAddr) -> Answer {
    let listener = inherited().map_err(|error| format!("standard input is not a listener: {error}"))?;
    let free = Arc::new(Semaphore::new(MOST));
    loop {
        let Ok(place) = Arc::clone(&free).acquire_owned().await else { return Ok(()) };
        let Ok((mut outside, _)) = listener.accept().await else {
            // Out of descriptors, for example: what is open may end.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        tokio::spawn(async move {
            if let Ok(mut inside) = TcpStream::connect(to).await {
                let _ = outside.set_nodelay(true);
                let _ = inside.set_nodelay(true);
                let _ = copy_bidirectional(&mut outside, &mut inside).await;
            }
            drop(place);
        });
    }
}

fn inherited() -> io::Result<tokio::net::TcpListener> {
    let listener = TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?);
    listener.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(listener)
}
