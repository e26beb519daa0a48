//! All Services of a namespace or of the cluster, read once and page by page, for who looks among them. They are not watched
//! and not kept.

use std::{sync::Arc, time::Duration};

use super::{
    api::{Api, collect, content_type},
    request,
    trouble::Failure,
};
use crate::{
    domain::{Kind, Name, Object, Service},
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
        let (page, end) = page(api, (namespace, token.as_deref()), &mut door).await?;
        all.extend(
            page.into_iter().filter_map(|o| if let Object::Service(service) = o { Some(service) } else { None }),
        );
        token = end.continue_token;
        if token.is_none() {
            break;
        }
    }
    Ok(all)
}

async fn page(
    api: &Api,
    (namespace, token): (Option<&Name>, Option<&str>),
    door: &mut Door,
) -> Result<(Vec<Object>, ListEnd), Failure> {
    let request = request::services(namespace, token)
        .ok_or_else(|| Failure::Garbled("this is not the name of a namespace".to_owned()))?;
    let (head, body) = api.send(request, WITHIN).await?.into_parts();
    let kind = content_type(&head.headers);
    let encoding =
        Encoding::of(kind).ok_or_else(|| Failure::Garbled(format!("the list of Services is {kind:?}, not a list")))?;
    let body = collect(body, PAGE_BYTES).await?;
    let garbled = |bad: Bad| Failure::Garbled(format!("the list of Services does not decode: {bad}"));
    let mut decoder = ListDecoder::new(&Kind::SERVICE, encoding).map_err(garbled)?;
    let items = decoder.push(&body, door).map_err(garbled)?;
    Ok((items, decoder.finish(door).map_err(garbled)?))
}
