//! The simulated cluster on a socket, empty but for its nodes and a namespace, at the real clock: `simulate [PORT|IP:PORT]`.
//! It prints the address that it serves on and runs until it is ended. The lab suite drives it with the real kubectl.

use std::{
    env,
    error::Error,
    io::{self, Write as _},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use rolldeck::{
    domain::{Moment, num},
    sim::{Alone, Resource, Simulator, World, listen, serve},
};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = listen(&address).await?;
    let simulator = Simulator::start(World::new(1, now()), Arc::new(now), 1.0, Box::new(Alone));
    simulator.act(furnish).await;
    writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
    serve(listener, simulator.service()).await;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the clock of a program of its own")]
fn now() -> Moment {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(Moment(0), |since| Moment(num::millis(since)))
}

/// What every cluster has.
fn furnish(world: &mut World) {
    world.add_nodes(4);
    let now = world.now();
    let namespaces = ["default", "shop"].map(|name| (Resource::Namespaces, json!({"metadata": {"name": name}})));
    for (resource, object) in namespaces {
        if let Err(refusal) = world.objects.create(resource, object, "simulate", now) {
            let _closed = writeln!(io::stderr(), "{}", refusal.message);
        }
    }
}
