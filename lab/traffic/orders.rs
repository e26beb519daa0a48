//! How the load is told what to send: `PUT /streams/NAME?host=H&rate=R&seconds=S&requests=N&clients=C`. Each order is
//! bounded.

use std::time::Duration;

use crate::Answer;

/// No stream sends more requests a second.
const RATE: f64 = 2_000.0;
/// No stream lasts longer without a new order.
const LONGEST: Duration = Duration::from_hours(24);
/// No stream is in the name of more clients.
const CLIENTS: usize = 10_000;
/// How long one lasts that does not say so.
pub(crate) const USUAL: Duration = Duration::from_hours(8);

/// One stream of requests.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    /// The host that the requests ask for; as before, if none is given.
    pub(crate) host: Option<String>,
    /// Requests a second on average; none at 0.
    pub(crate) rate: f64,
    /// For how long.
    pub(crate) lasts: Duration,
    /// And how many at most, if the time does not say enough.
    pub(crate) requests: Option<u64>,
    /// In the name of so many clients by chance, each of which keeps the cookie that it was given; 0: nobody keeps one.
    pub(crate) clients: usize,
}

/// Reads what stands after the question mark.
pub(crate) fn read(query: &str) -> Answer<Order> {
    let mut order = Order { host: None, rate: f64::NAN, lasts: USUAL, requests: None, clients: 0 };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let wrong = || format!("{name}={value}: not a value for {name}");
        match name {
            "host" => order.host = Some(value).filter(|host| !host.is_empty()).map(ToString::to_string),
            "rate" => order.rate = value.parse().map_err(|_| wrong())?,
            "seconds" => order.lasts = Duration::from_secs(value.parse().map_err(|_| wrong())?),
            "requests" => order.requests = Some(value.parse().map_err(|_| wrong())?),
            "clients" => order.clients = value.parse().map_err(|_| wrong())?,
            _ => return Err(format!("'{name}' is not one of host, rate, seconds, requests, clients")),
        }
    }
    if !(0.0..=RATE).contains(&order.rate) {
        return Err(format!("rate=N is needed, from 0 to {RATE} requests a second"));
    }
    if order.clients > CLIENTS {
        return Err(format!("clients: at most {CLIENTS}"));
    }
    if order.lasts > LONGEST {
        return Err(format!("seconds: at most {}", LONGEST.as_secs()));
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read() {
        let (host, lasts) = (Some("a.example".to_string()), Duration::from_mins(1));
        let wanted = Order { host, rate: 2.5, lasts, requests: Some(300), clients: 40 };
        assert_eq!(read("host=a.example&rate=2.5&seconds=60&requests=300&clients=40").unwrap(), wanted);
        assert_eq!(read("rate=0").unwrap(), Order { host: None, rate: 0.0, lasts: USUAL, requests: None, clients: 0 });
    }

    #[test]
    fn nothing_without_bounds() {
        for wrong in [
            "",
            "rate=2001",
            "rate=-1",
            "rate=NaN",
            "rate=1&seconds=86401",
            "rate=1&speed=2",
            "rate=1&requests=-1",
            "rate=1&clients=10001",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
