//! What looking for metrics asks of a cluster: its Services, as far as they may be listed, and the ways to each. Whether they may
//! be listed and forwarded to is asked first, so that no request is sent that would be refused.

use std::sync::Arc;

use tokio::sync::watch;

use crate::{
    cluster::{Cluster, TroubleKind},
    domain::{Access, Name, Right, Text},
    metrics::{Forwards, Listed, Proxied, Reach, Upstream, Way},
    steer,
};

/// What a search asks of a cluster, once the rows are there.
pub(super) fn of(cluster: &Arc<Cluster>, may_begin: watch::Receiver<bool>) -> Reach {
    let (lists, asks, forwards) = (Arc::clone(cluster), Arc::clone(cluster), Arc::clone(cluster));
    Reach {
        may_begin,
        services: Arc::new(move |namespaces| {
            let cluster = Arc::clone(&lists);
            Box::pin(async move { listed(&cluster, namespaces).await })
        }),
        door: Arc::new(move |way| proxied(&asks, way)),
        forwards: Arc::new(move |namespace| {
            let cluster = Arc::clone(&forwards);
            Box::pin(async move { may_forward(&cluster, &namespace).await })
        }),
    }
}

/// The way through the API server to a service: by its proxy, or by port-forwards.
pub(super) fn proxied(cluster: &Arc<Cluster>, way: &Way) -> Proxied {
    match way {
        Way::Proxy(upstream) => by_proxy(Arc::clone(cluster), upstream.clone()),
        Way::Forward(upstream) => by_forward(cluster, upstream),
        Way::Url(_) => refused(Text::fixed("an address is not behind the API server")),
    }
}

fn by_proxy(cluster: Arc<Cluster>, Upstream { namespace, service, prefix }: Upstream) -> Proxied {
    Arc::new(move |path| {
        let (cluster, namespace, service) = (Arc::clone(&cluster), namespace.clone(), service.clone());
        let path = format!("{prefix}{path}");
        Box::pin(async move { cluster.proxied(&namespace, &service, &path).await.map_err(|trouble| trouble.what) })
    })
}

fn by_forward(cluster: &Cluster, Upstream { namespace, service, prefix }: &Upstream) -> Proxied {
    let forward = match cluster.forward(namespace, service) {
        Ok(forward) => forward,
        Err(trouble) => return refused(trouble.what),
    };
    let prefix = prefix.clone();
    Arc::new(move |path| {
        let (forward, path) = (forward.clone(), format!("{prefix}{path}"));
        Box::pin(async move { forward.get(path).await.map_err(|trouble| trouble.what) })
    })
}

fn refused(why: Text) -> Proxied {
    Arc::new(move |_| Box::pin(std::future::ready(Err(why.clone()))))
}

/// Whether port-forwards may be tried in a namespace. Where the server does not say, it is found out by trying.
async fn may_forward(cluster: &Cluster, namespace: &Name) -> Forwards {
    if !cluster.forwards() {
        return Forwards::ReadOnly;
    }
    let answers = cluster.access(steer::forward_rights(namespace)).await;
    let lacks = answers.into_iter().filter(|access| access.allowed == Some(false)).map(|Access { right, .. }| right);
    let lacks: Vec<String> = lacks.map(|right| format!("{} on {}", right.verb, right.resource)).collect();
    if lacks.is_empty() { Forwards::Permitted } else { Forwards::Lacks(Text::clean(&lacks.join(", "))) }
}

/// The Services of all namespaces; of those among these that may be listed, where all may not.
async fn listed(cluster: &Cluster, namespaces: Vec<Name>) -> Listed {
    let mut listed = Listed::default();
    if may_list(cluster, vec![None]).await.is_empty() {
        listed.within = Some(Vec::new());
    } else {
        match cluster.services(None).await {
            Ok(services) => return Listed { services, ..listed },
            Err(trouble) if trouble.kind == TroubleKind::Denied => listed.within = Some(Vec::new()),
            Err(trouble) => return Listed { trouble: Some(trouble.what), ..listed },
        }
    }
    for namespace in may_list(cluster, namespaces.into_iter().map(Some).collect()).await.into_iter().flatten() {
        if let Ok(services) = cluster.services(Some(&namespace)).await {
            listed.services.extend(services);
            listed.within.get_or_insert_default().push(namespace);
        }
    }
    listed
}

/// Of these places those where Services may be listed, or where the server does not say.
async fn may_list(cluster: &Cluster, places: Vec<Option<Name>>) -> Vec<Option<Name>> {
    let right = |namespace: Option<Name>| Right {
        verb: Name::fixed("list"),
        group: Name::default(),
        resource: Name::fixed("services"),
        namespace,
    };
    let answers = cluster.access(places.into_iter().map(right).collect()).await;
    answers.into_iter().filter(|access| access.allowed != Some(false)).map(|access| access.right.namespace).collect()
}
