//! The simulated API server on a socket, for the real kubectl. It has no TLS and asks nobody who they are, so it listens on
//! loopback unless somebody says otherwise.

use std::{io, net::SocketAddr};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::TcpListener;

use super::Service;

/// Opens the socket of `--serve ADDR`: `IP:PORT`, or `PORT` or `:PORT` on loopback. Port 0 takes a free one. The error says
/// what is wrong with the address.
pub async fn listen(address: &str) -> io::Result<TcpListener> {
    let port = address.strip_prefix(':').unwrap_or(address);
    let address: SocketAddr = match port.parse::<u16>() {
        Ok(port) => SocketAddr::from(([127, 0, 0, 1], port)),
        Err(_) => address.parse().map_err(|_| {
            let what = format!("{address:?} is no address to serve on: write PORT, or IP:PORT");
            io::Error::new(io::ErrorKind::InvalidInput, what)
        })?,
    };
    let named = |error: io::Error| io::Error::new(error.kind(), format!("cannot serve on {address}: {error}"));
    TcpListener::bind(address).await.map_err(named)
}

/// Answers everybody who connects, until it is dropped.
pub async fn serve(listener: TcpListener, service: Service) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, mostly: some may be given back.
                tracing::warn!(%error, "a connection to the simulated cluster was not accepted");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let connection =
                http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the simulated cluster broke");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        time::timeout,
    };

    use super::*;
    use crate::{
        domain::Moment,
        sim::{Alone, Simulator, World},
    };

    #[tokio::test]
    async fn an_address_may_be_short_but_not_wrong() {
        for address in ["0", ":0", "127.0.0.1:0"] {
            assert!(listen(address).await.unwrap().local_addr().unwrap().ip().is_loopback(), "{address}");
        }
        let error = listen("somewhere").await.unwrap_err().to_string();
        assert_eq!(error, "\"somewhere\" is no address to serve on: write PORT, or IP:PORT");
        let taken = listen("0").await.unwrap();
        let address = taken.local_addr().unwrap().to_string();
        assert!(listen(&address).await.unwrap_err().to_string().starts_with(&format!("cannot serve on {address}: ")));
    }

    /// Reads until these words have come.
    async fn read_until(stream: &mut TcpStream, words: &str) -> String {
        let mut text = String::new();
        let mut bytes = [0; 4_096];
        while !text.contains(words) {
            let read = timeout(Duration::from_secs(10), stream.read(&mut bytes)).await.expect("in time").unwrap();
            assert!(read > 0, "it ended: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        text
    }

    #[tokio::test]
    async fn watches_arrive_while_they_happen() {
        let listener = listen("0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let simulator = Simulator::start(World::new(1, Moment(0)), Arc::new(|| Moment(0)), 1.0, Box::new(Alone));
        let serving = tokio::spawn(serve(listener, simulator.service()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /api/v1/nodes?watch=1 HTTP/1.1\r\nhost: demo\r\n\r\n").await.unwrap();
        let head = read_until(&mut stream, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        simulator.act(|world| world.add_nodes(1)).await;
        let event = read_until(&mut stream, "\n\r\n").await;
        assert!(event.contains(r#""type":"ADDED""#) && event.contains("node-1"), "{event}");
        serving.abort();
    }
}
