//! What looking for metrics asks of a cluster: its Services, as far as they may be listed, and the way to each. Whether they may
//! be is asked first, so that no request is sent that would be refused.

use std::sync::Arc;

use tokio::sync::watch;

use crate::{
    cluster::{Cluster, TroubleKind},
    domain::{Name, Right},
    metrics::{Listed, Proxied, Reach, Way},
};

/// What a search asks of a cluster, once the rows are there.
pub(super) fn of(cluster: &Arc<Cluster>, may_begin: watch::Receiver<bool>) -> Reach {
    let (lists, asks) = (Arc::clone(cluster), Arc::clone(cluster));
    Reach {
        may_begin,
        services: Arc::new(move |namespaces| {
            let cluster = Arc::clone(&lists);
            Box::pin(async move { listed(&cluster, namespaces).await })
        }),
        door: Arc::new(move |way| proxied(&asks, way)),
    }
}

/// The way through the API server to a service.
pub(super) fn proxied(cluster: &Arc<Cluster>, way: &Way) -> Proxied {
    let (namespace, service, prefix) = match way {
        Way::Proxy { namespace, service, prefix } => (namespace.clone(), service.clone(), prefix.clone()),
        Way::Url(_) => Default::default(),
    };
    let cluster = Arc::clone(cluster);
    Arc::new(move |path| {
        let (cluster, namespace, service) = (Arc::clone(&cluster), namespace.clone(), service.clone());
        let path = format!("{prefix}{path}");
        Box::pin(async move { cluster.proxied(&namespace, &service, &path).await.map_err(|trouble| trouble.what) })
    })
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
