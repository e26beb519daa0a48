# shellcheck shell=bash
# What pods use, in the lab: metrics-server, which asks kwok as it asks kubelets, and the API server's way to it (the
# aggregation layer). Sourced by lab/up, never run.
# shellcheck disable=SC2034,SC2154  # variables are shared with lab/up

# What the API server needs to hand requests on, with the name of who asked: a lab without usage is started without. The
# authority is that of all users, so only this one name may say who somebody is.
AGGREGATION=()
aggregate() {
    client aggregator "/O=lab/CN=aggregator"
    AGGREGATION=(--requestheader-client-ca-file="$PKI/ca.crt" --requestheader-allowed-names=aggregator
        --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group
        --requestheader-extra-headers-prefix=X-Remote-Extra-
        --proxy-client-cert-file="$PKI/aggregator.crt" --proxy-client-key-file="$PKI/aggregator.key")
}

usage_ready() { health "$USAGE_PORT" /livez; }
usage_served() { admin --request-timeout 2s get --raw /apis/metrics.k8s.io/v1beta1; }

# start_usage: metrics-server and its place in the API. It has numbers once it has asked twice: after 10 to 20 s.
start_usage() {
    local node
    client metrics-server "/O=lab/CN=metrics-server"
    kubeconfig "$PKI/metrics-server.kubeconfig" lab lab=metrics-server
    # Where a node is to be asked, for those of an older lab.
    for node in $(admin get nodes -o name); do
        echo "$node metrics.k8s.io/resource-metrics-path=/metrics/nodes/${node#node/}/metrics/resource"
    done | xargs -rn2 "$LAB_BIN/kubectl" --kubeconfig "$LAB_HOME/kubeconfig" annotate --overwrite >/dev/null ||
        fail kube-apiserver "the nodes could not be annotated"
    sed "s/USAGE_PORT/$USAGE_PORT/" "$LAB_SRC/usage/service.yaml.in" | admin apply --server-side --force-conflicts -f - >/dev/null ||
        fail kube-apiserver "lab/usage/service.yaml.in was refused"
    ensure metrics-server "$USAGE_PORT" usage_ready '' -- \
        --secure-port="$USAGE_PORT" --bind-address=127.0.0.1 --kubeconfig="$PKI/metrics-server.kubeconfig" \
        --authentication-kubeconfig="$PKI/metrics-server.kubeconfig" \
        --authorization-kubeconfig="$PKI/metrics-server.kubeconfig" \
        --tls-cert-file="$PKI/server.crt" --tls-private-key-file="$PKI/server.key" --kubelet-insecure-tls \
        --kubelet-preferred-address-types=InternalIP --kubelet-use-node-status-port --metric-resolution=10s --kubelet-request-timeout=5s
    # After it was away the API server may take half a minute to believe in it again.
    wait_for metrics-server 75 usage_served
}

# leave_usage: a lab without it does not have its kinds either.
leave_usage() {
    stop metrics-server
    admin delete apiservice v1beta1.metrics.k8s.io --ignore-not-found >/dev/null || true
}
