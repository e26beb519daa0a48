//! Is every pod: one listener on all addresses, and the address that was called says which pod answers.
//!
//! An address without a running pod refuses; when a pod's process ends, its connections break.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderValue, StatusCode};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch::{Receiver, channel},
};

use crate::{
    Answer,
    directory::{CODES, Directory, Pod},
    http::{Reply, serve, text},
    targets, watch,
};

/// Answers for all pods, for ever, and names them in `told`.
pub(crate) async fn run(kubeconfig: &Path, port: u16, told: PathBuf) -> Answer {
    let pods = watch::pods(kubeconfig).await?;
    let on = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let listener = TcpListener::bind(on).await.map_err(|error| format!("{on}: {error}"))?;
    let (sender, directory) = channel(Directory::default());
    tokio::spawn(watch::keep(pods, sender));
    tokio::spawn(targets::keep(told, port, directory.clone()));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, directory.clone()));
            }
            Err(error) => {
                eprintln!("traffic: pods: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, mut directory: Receiver<Directory>) {
    let Ok(address) = stream.local_addr().map(|address| address.ip()) else { return };
    // As if nobody listened, or the process had died: a reset, not a farewell.
    let _ = stream.set_zero_linger();
    let Some(process) = at(&directory, address).map(|pod| pod.process.clone()) else { return };
    let asked = directory.clone();
    let served = serve(stream, |request| {
        let pod = at(&asked, address);
        async move {
            match pod {
                Some(pod) if request.uri().path() == "/metrics" => text(StatusCode::OK, pod.counts.tell()),
                Some(pod) => answer(&pod).await,
                None => text(StatusCode::BAD_GATEWAY, "this pod has ended\n".to_string()),
            }
        }
    });
    let ended = directory.wait_for(|all| all.get(&address).is_none_or(|pod| pod.process != process));
    tokio::select! {
        () = served => {}
        _ = ended => {}
    }
}

fn at(directory: &Receiver<Directory>, address: IpAddr) -> Option<Arc<Pod>> {
    directory.borrow().get(&address).map(Arc::clone)
}

/// One request.
async fn answer(pod: &Pod) -> Reply {
    let (counts, behaviour) = (&pod.counts, pod.behaviour);
    let started = Instant::now();
    let age = started.saturating_duration_since(counts.born);
    let [fine, broken, busy] = CODES;
    let code = if behaviour.capacity.is_some_and(|capacity| !counts.admit(capacity, age)) {
        busy
    } else {
        tokio::time::sleep(behaviour.latency(age, &counts.chance)).await;
        if counts.chance.unit() < behaviour.errors { broken } else { fine }
    };
    counts.count(code, started.elapsed());
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = text(code, format!("{} {} {}\n", pod.name, pod.version, code.as_u16()));
    for (name, value) in [("x-version", &pod.version), ("x-pod", &pod.name)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}
