# shellcheck shell=bash
# Real traffic in the lab: the network namespace in which every pod's address is local, and what runs in it beside the
# control plane. Sourced by lab/up, never run.
# shellcheck disable=SC2034,SC2154  # variables are shared with lab/up

# All pods, as kwok numbers them, and the servers that are no pods. Ports inside are free of everybody else's.
PODS_RANGE=10.244.0.0/14 SERVERS_RANGE=10.248.0.0/24
PROMETHEUS_AT=10.248.0.10 TRAEFIK_AT=10.248.0.11 LOAD_AT=10.248.0.12

# What runs first when a program is started inside; nothing when there is no namespace.
ENTER=()
inside() { "${ENTER[@]}" "$@"; }

# http_ok ADDRESS PORT PATH [HOST]: whether it answers with 200, as a script, because it also runs inside.
http_ok='exec 3<>"/dev/tcp/$0/$1" || exit 1
    printf "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" "$2" "${3-lab}" >&3
    IFS= read -r -t 2 line <&3
    [[ $line == *" 200 "* ]]'
inside_ok() { inside bash -c "$http_ok" "$@"; }
outside_ok() { bash -c "$http_ok" "$@"; }

# enter_namespace: makes ENTER lead into this lab's namespace, which is held by a process of ours; makes it, if needed.
enter_namespace() {
    local pid make=()
    need ip "Install iproute2 (Debian: apt-get install iproute2)."
    need nsenter "Install util-linux."
    need "${PROMETHEUS:-prometheus}" "Install it (Debian: apt-get install prometheus) or set PROMETHEUS to a program."
    if ! pid=$(running netns); then
        if unshare --net true 2>/dev/null; then
            make=(unshare --net)
        elif unshare --map-root-user --net true 2>/dev/null; then
            make=(unshare --map-root-user --net)
        else
            die "--with traffic needs a network namespace, and none can be made here: run it as root (in a container with" \
                "--cap-add SYS_ADMIN), or allow users to make their own (sysctl user.max_user_namespaces," \
                "kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns); lab/up --with none does without"
        fi
        # shellcheck disable=SC2016  # expanded by the shell inside
        BEFORE=("${make[@]}" sh -c 'ip link set lo up && ip route add local "$1" dev lo && ip route add local "$2" dev lo &&
            shift 2 && exec "$@"' sh "$PODS_RANGE" "$SERVERS_RANGE")
        launch netns hold --home "$LAB_HOME"
        BEFORE=()
        wait_for netns 10 running netns
        pid=$(running netns)
        say "netns: made, kept by process $pid"
    fi
    ENTER=(nsenter --net="/proc/$pid/ns/net")
    if [[ $(readlink "/proc/$pid/ns/user") != "$(readlink /proc/self/ns/user)" ]]; then
        ENTER=(nsenter --user="/proc/$pid/ns/user" --preserve-credentials --net="/proc/$pid/ns/net")
    fi
}

# one_network: ends what runs in another network namespace than it should, which can only be all of it.
one_network() {
    local name pid here
    here=$(network self)
    if with traffic; then here=$(pid=$(running netns) && network "$pid") || here=none; fi
    for name in "${LAB_COMPONENTS[@]}"; do
        pid=$(running "$name") || continue
        [[ $(network "$pid") != "$here" ]] || continue
        say "the lab moves to another network namespace: stopping it first"
        stop_all
        return
    done
}

# relay NAME PORT ADDRESS READY-COMMAND: PORT outside leads to ADDRESS inside.
relay() {
    local enter=("${ENTER[@]}")
    ENTER=("$LAB_BIN/traffic" bind --on "127.0.0.1:$2" -- "${enter[@]}") RELAY=1
    ensure "relay-$1" "$2" "$4" '' -- relay --to "$3" --home "$LAB_HOME"
    ENTER=("${enter[@]}") RELAY=
}
relay_api_ready() { admin --request-timeout 2s get --raw /readyz; }
relay_prometheus_ready() { outside_ok 127.0.0.1 "$PROMETHEUS_PORT" /-/ready; }
relay_traefik_ready() { port_open "$TRAEFIK_PORT"; }
relay_load_ready() { outside_ok 127.0.0.1 "$LOAD_PORT" /; }
pods_ready() { inside bash -c 'exec 3<>"/dev/tcp/$0/8080"' "$LOAD_AT"; }
traefik_ready() { inside_ok "$TRAEFIK_AT" 8082 /ping; }
prometheus_ready() { inside_ok "$PROMETHEUS_AT" 9090 /-/ready; }
# await_route: the router gives one in ten requests to app-v2, so a dozen good answers in a row mean that it knows both.
# Somebody may have changed the route since: that is said, and no mistake.
await_route() {
    local deadline=$((SECONDS + 20)) good=0
    while ((good < 12)); do
        if inside_ok "$TRAEFIK_AT" 8000 / app.shop.example 2>/dev/null; then good=$((good + 1)) && continue; fi
        ((SECONDS < deadline)) || { say "the route shop/app does not answer every request with 200"; return; }
        good=0
        sleep 0.2
    done
}
load_ready() { inside_ok "$LOAD_AT" 9091 /; }

# Every five seconds: a minute then has a dozen samples of each pod, and the rate over 15 s, the shortest that rate() should be
# asked for, can be had. A scrape is about 150 lines a pod. What is asked is logged: controllers are judged by it.
prometheus_config() {
    cat <<YAML
global: {scrape_interval: 5s, scrape_timeout: 4s, query_log_file: "$LAB_HOME/log/queries.log"}
scrape_configs:
- job_name: traefik
  static_configs: [{targets: ["$TRAEFIK_AT:8082"]}]
- job_name: load
  static_configs: [{targets: ["$LOAD_AT:9091"]}]
- job_name: pods
  file_sd_configs: [{files: ["$LAB_HOME/targets/pods.json"]}]
YAML
}

# start_traffic: kinds, rights and workloads; then who answers, who routes, who measures and who asks.
start_traffic() {
    admin apply --server-side --force-conflicts -f "$LAB_CRDS" >/dev/null || fail kube-apiserver "the definitions were refused"
    admin wait --for=condition=Established crd --all --timeout=30s >/dev/null || fail kube-apiserver "kinds are not served"
    admin apply --server-side --force-conflicts -f "$LAB_SRC/manifests/traffic.yaml" >/dev/null ||
        fail kube-apiserver "the manifests of the traffic were refused"
    # Once: somebody may be shifting it.
    [[ -n $(admin -n shop get httproute app --ignore-not-found -o name) ]] ||
        admin apply -f "$LAB_SRC/manifests/app.yaml" >/dev/null || fail kube-apiserver "lab/manifests/app.yaml was refused"

    mkdir -p "$LAB_HOME/targets"
    ensure pods 8080 pods_ready '' -- \
        pods --kubeconfig "$PKI/pods.kubeconfig" --targets "$LAB_HOME/targets/pods.json"
    KUBECONFIG=$PKI/traefik.kubeconfig ensure traefik 8082 traefik_ready '' -- \
        --log.filePath="$LOG/traefik.log" --global.checkNewVersion=false --global.sendAnonymousUsage=false --ping.entryPoint=metrics \
        --entryPoints.web.address="$TRAEFIK_AT:8000" --entryPoints.metrics.address="$TRAEFIK_AT:8082" \
        --providers.kubernetesgateway=true --providers.kubernetesgateway.statusAddress.ip="$TRAEFIK_AT" \
        --providers.kubernetescrd=true --metrics.prometheus.entryPoint=metrics --metrics.prometheus.addServicesLabels=true \
        --metrics.prometheus.buckets="$("$LAB_BIN/traffic" buckets)"
    prometheus_config >"$LAB_HOME/prometheus.yaml"
    ensure prometheus 9090 prometheus_ready "$(sha256sum <"$LAB_HOME/prometheus.yaml")" -- \
        --config.file="$LAB_HOME/prometheus.yaml" --web.listen-address=0.0.0.0:9090 \
        --storage.tsdb.path="$LAB_HOME/prometheus" --storage.tsdb.retention.time=2d --storage.tsdb.retention.size=1GB
    relay prometheus "$PROMETHEUS_PORT" "$PROMETHEUS_AT:9090" relay_prometheus_ready
    relay traefik "$TRAEFIK_PORT" "$TRAEFIK_AT:8000" relay_traefik_ready
    admin -n shop rollout status deployment/app-v1 --timeout=60s >/dev/null || fail kwok "app-v1 does not become ready"
    admin -n shop rollout status deployment/app-v2 --timeout=60s >/dev/null || fail kwok "app-v2 does not become ready"
    running load >/dev/null || await_route
    ensure load 9091 load_ready '' -- \
        load --to "$TRAEFIK_AT:8000" --on "$LOAD_AT:9091" --host app.shop.example --home "$LAB_HOME"
    relay load "$LOAD_PORT" "$LOAD_AT:9091" relay_load_ready
    say "Prometheus http://127.0.0.1:$PROMETHEUS_PORT, Traefik http://127.0.0.1:$TRAEFIK_PORT (Host: app.shop.example)," \
        "load http://127.0.0.1:$LOAD_PORT"
}
