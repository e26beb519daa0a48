//! What an error comes down to: its causes, and a sentence for a connection that could not be had, or broke. For the API server
//! and for Prometheus; certificates are the concern of `tls`. Opens no connection.

use std::{error::Error, io};

/// An error and its causes, the innermost last.
pub(crate) fn all<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |this| below(*this))
}

fn below<'a>(this: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // What an io::Error wraps is not its source.
    let wrapped = this.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| this.source())
}

/// What is the matter, in one sentence without the address: with the connection, if one of the causes says so; else the
/// innermost cause speaks.
pub(crate) fn sentence(error: &(dyn Error + 'static)) -> String {
    let of_connection = all(error).find_map(|this| connection(this.downcast_ref::<io::Error>()?.kind()));
    let innermost = || all(error).last().map(ToString::to_string).unwrap_or_default();
    of_connection.map_or_else(innermost, str::to_owned)
}

fn connection(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind as Kind;
    [
        (&[Kind::ConnectionRefused][..], "connection refused: nothing listens there"),
        (&[Kind::ConnectionReset, Kind::ConnectionAborted, Kind::BrokenPipe], "the connection was cut"),
        (&[Kind::UnexpectedEof], "the connection was cut in the middle of an answer"),
        (&[Kind::TimedOut], "no answer in time"),
        (&[Kind::HostUnreachable, Kind::NetworkUnreachable], "no route to that address"),
    ]
    .into_iter()
    .find_map(|(kinds, sentence)| kinds.contains(&kind).then_some(sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_speaks_through_what_wraps_it() {
        let wrapped = |kind: io::ErrorKind| io::Error::other(io::Error::other(io::Error::from(kind)));
        assert_eq!(sentence(&wrapped(io::ErrorKind::ConnectionRefused)), "connection refused: nothing listens there");
        assert_eq!(sentence(&wrapped(io::ErrorKind::InvalidData)), "invalid data");
    }
}
