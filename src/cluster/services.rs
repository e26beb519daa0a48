//! All Services of a namespace or of the cluster, read once and page by page, for who looks among them, or one of them. They are
//! not watched and not kept.

use std::{sync::Arc, time::Duration};

use http::Request;
use kube::client::Body;

use super::{
    api::{Api, collect, content_type},
    request::{self, Narrow, Scope, Since},
    trouble::Failure,
};
use crate::{
    domain::{Kind, Name, Object, Service, Source},
    wire::{Bad, Door, Encoding, ListDecoder, ListEnd},
};

/// A page comes within this.
const WITHIN: Duration = Duration::from_secs(15);
/// Five hundred Services of the largest size that any has.
const PAGE_BYTES: usize = 64 << 20;
/// Ten thousand Services are enough to look among.
const PAGES: usize = 20;

/// Reads them, in the server's order: by namespace and name.
pub(super) async fn list(api: &Api, namespace: Option<&Name>) -> Result<Vec<Arc<Service>>, Failure> {
    let mut door = Door::new(api.cluster.clone());
    let (mut all, mut token) = (Vec::new(), None);
    for _ in 0..PAGES {
        let (page, end) = page(api, request::services(namespace, token.as_deref()), &mut door).await?;
        all.extend(page);
        token = end.continue_token;
        if token.is_none() {
            break;
        }
    }
    Ok(all)
}

/// Reads one, with the right to list them; None if there is none of that name.
pub(super) async fn named(api: &Api, namespace: &Name, name: &Name) -> Result<Option<Arc<Service>>, Failure> {
    let source = Source { cluster: api.cluster.clone(), kind: Kind::SERVICE, namespace: Some(namespace.clone()) };
    let scope = Scope { source, narrow: Narrow::to_name(name) };
    let (found, _) = page(api, scope.list(&Since::Latest), &mut Door::new(api.cluster.clone())).await?;
    Ok(found.into_iter().next())
}

async fn page(
    api: &Api,
    request: Option<Request<Body>>,
    door: &mut Door,
) -> Result<(Vec<Arc<Service>>, ListEnd), Failure> {
    let request = request.ok_or_else(|| Failure::Garbled("this is not the name of a namespace".to_owned()))?;
    let (head, body) = api.send(request, WITHIN).await?.into_parts();
    let kind = content_type(&head.headers);
    let encoding =
        Encoding::of(kind).ok_or_else(|| Failure::Garbled(format!("the list of Services is {kind:?}, not a list")))?;
    let body = collect(body, PAGE_BYTES).await?;
    let garbled = |bad: Bad| Failure::Garbled(format!("the list of Services does not decode: {bad}"));
    let mut decoder = ListDecoder::new(&Kind::SERVICE, encoding).map_err(garbled)?;
    let items = decoder.push(&body, door).map_err(garbled)?;
    let services =
        items.into_iter().filter_map(|o| if let Object::Service(service) = o { Some(service) } else { None });
    Ok((services.collect(), decoder.finish(door).map_err(garbled)?))
}
