//! The last way to a Prometheus: port-forwards to its pods, over which its query paths are asked and no others. They are made by
//! a client of their own that can do nothing else (see `guard`) and that does not exist in read-only mode. No port is opened on
//! this machine, and this is no tunnel for anything else. Whether it is permitted is asked by others before.

mod backends;
mod guard;
mod tunnel;

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream::FuturesUnordered};
use http::Response;
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

pub(super) use self::guard::OnlyForwards;
use self::{backends::Outlet, tunnel::Tunnel};
use super::{
    Trouble,
    allow::is_query,
    api::Api,
    trouble::{Failure, TroubleKind},
};
use crate::domain::Name;

/// So many questions are asked at the same time, each over a port-forward of its own.
const LANES: usize = 3;
/// So many pods are tried for one question.
const PODS: usize = 3;
/// A port-forward that nobody has used for this long is closed: nothing is open while nobody looks.
const IDLE: Duration = Duration::from_secs(30);

/// A Service whose ready pods are asked through port-forwards. They are kept for the next question, opened anew when their pod
/// goes away, and closed when nobody asks any more or when the last clone of this is dropped.
#[derive(Clone)]
pub struct Forward {
    questions: mpsc::Sender<Question>,
    api: Api,
}

struct Question {
    path: String,
    answer: oneshot::Sender<Answer>,
}

type Answer = Result<Response<Bytes>, Failure>;

impl Forward {
    /// A way to a Service; nothing is sent yet. None where there is no client for it.
    pub(super) fn new(api: &Api, namespace: &str, service: &str) -> Result<Self, Trouble> {
        if !api.forwards() {
            return Err(Trouble::new(TroubleKind::Config, "read-only: no port-forward is tried", ""));
        }
        let outlet = Outlet::read(namespace, service)?;
        let (questions, asked) = mpsc::channel(LANES);
        tokio::spawn(keep(Lane { api: api.clone(), outlet, avoided: None }, asked));
        Ok(Self { questions, api: api.clone() })
    }

    /// What the program in a pod answers to a GET of this path and query, whatever its status. Only the query paths of a
    /// Prometheus are asked, below a few known prefixes (see `allow`).
    ///
    /// # Errors
    /// There is no such Service or no ready pod, the server refuses, or no pod answers: one sentence.
    pub async fn get(&self, path: String) -> Result<Response<Bytes>, Trouble> {
        let gone = || Failure::Broken("the port-forward has ended".to_owned());
        let answer = async {
            if !is_query(&path) {
                return Err(Failure::Garbled(format!("{path} is no query of a Prometheus; it was not asked")));
            }
            let (answer, answered) = oneshot::channel();
            self.questions.send(Question { path, answer }).await.map_err(|_| gone())?;
            answered.await.map_err(|_| gone())?
        };
        answer.await.map_err(|failure: Failure| failure.trouble(&self.api.server))
    }
}

/// How a question is answered.
#[derive(Clone)]
struct Lane {
    api: Api,
    outlet: Outlet,
    /// The pod that failed last: others are better.
    avoided: Option<Name>,
}

/// What a question leaves behind.
struct Left {
    tunnel: Option<Tunnel>,
    avoided: Option<Name>,
}

/// Answers until nobody can ask any more.
async fn keep(mut lane: Lane, mut questions: mpsc::Receiver<Question>) {
    let (mut idle, mut asking) = (Vec::new(), FuturesUnordered::new());
    loop {
        tokio::select! {
            Some(left) = asking.next(), if !asking.is_empty() => {
                let Left { tunnel, avoided } = left;
                lane.avoided = avoided;
                idle.extend(tunnel);
            }
            question = questions.recv(), if asking.len() < LANES => match question {
                Some(question) => asking.push(lane.clone().attend(idle.pop(), question)),
                None => return,
            },
            () = sleep(IDLE), if asking.is_empty() && !idle.is_empty() => idle.clear(),
        }
    }
}

impl Lane {
    /// Answers, unless whoever asks does not wait any longer: then the connection is in the middle of something, and ends.
    async fn attend(mut self, held: Option<Tunnel>, question: Question) -> Left {
        let Question { path, mut answer } = question;
        let mut tried = held.as_ref().map(|tunnel| tunnel.pod.clone());
        let done = tokio::select! {
            () = answer.closed() => None,
            done = self.answer(held, &path, &mut tried) => Some(done),
        };
        let (answered, left) = match done {
            None => return Left { tunnel: None, avoided: tried },
            Some(Ok((response, tunnel))) => (Ok(response), Left { tunnel: Some(tunnel), avoided: None }),
            Some(Err(failure)) => (Err(failure), Left { tunnel: None, avoided: tried }),
        };
        let _asker_gone = answer.send(answered);
        left
    }

    /// Asks over the connection that is there, else over another one: a GET may be asked twice. `tried` is who is being asked.
    async fn answer(
        &mut self,
        held: Option<Tunnel>,
        path: &str,
        tried: &mut Option<Name>,
    ) -> Result<(Response<Bytes>, Tunnel), Failure> {
        if let Some(mut tunnel) = held.filter(|tunnel| !tunnel.is_closed()) {
            match tunnel.get(path).await {
                Ok(response) => return Ok((response, tunnel)),
                Err(failure @ Failure::Broken(_)) => tracing::warn!(why = failure.sentence(), "a port-forward ended"),
                Err(failure) => return Err(failure),
            }
        }
        // A connection that has ended says that its pod may be gone.
        self.avoided = tried.take().or_else(|| self.avoided.take());
        let Outlet { namespace, service, port } = &self.outlet;
        let none = || Failure::Garbled(format!("{namespace}/{service}:{port} has no ready pod to forward to"));
        let mut backends = self.outlet.backends(&self.api).await?;
        backends.sort_by_key(|backend| self.avoided.as_ref() == Some(&backend.pod));
        let mut failed = None;
        for backend in backends.iter().take(PODS) {
            *tried = Some(backend.pod.clone());
            let asked = async {
                let mut tunnel = Tunnel::open(&self.api, &self.outlet, backend).await?;
                tunnel.get(path).await.map(|response| (response, tunnel))
            };
            match asked.await {
                Err(failure) if is_of_the_pod(&failure) => failed = Some(failure),
                other => return other,
            }
        }
        Err(failed.unwrap_or_else(none))
    }
}

/// Whether another pod may do better: it does not answer, is gone (404), or its node is out of reach (5xx).
fn is_of_the_pod(failure: &Failure) -> bool {
    match failure {
        Failure::Broken(_) => true,
        Failure::Refused(status) => status.code == 404 || status.code >= 500,
        Failure::Garbled(_) | Failure::Untrusted(_) | Failure::Login(_) => false,
    }
}

#[cfg(test)]
mod tests;
