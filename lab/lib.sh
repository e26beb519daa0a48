# shellcheck shell=bash
# Shared functions of the lab scripts. Sourced, never run: it sets paths and defines functions and does nothing else.
# shellcheck disable=SC2034  # the variables are used by the scripts that source this file

LAB_SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_REPO=$(dirname "$LAB_SRC")
LAB_TARGET=$LAB_REPO/target/lab
LAB_BIN=$LAB_TARGET/bin
LAB_VERSION_KUBERNETES=v1.36.1
LAB_VERSION_TRAEFIK=v3.5.3
LAB_VERSION_METRICS_SERVER=v0.9.0
LAB_CRDS=$LAB_TARGET/crds
# How kwok says what kubelets say of usage: copied from its module.
LAB_USAGE=$LAB_TARGET/usage
# What is built from Go modules, and is always there.
LAB_PROGRAMS=(etcd kube-apiserver kube-controller-manager kube-scheduler kwok)
# In the order in which they start; they stop in the opposite order. Some are there with traffic or usage only.
LAB_COMPONENTS=(netns etcd kube-apiserver relay-api kube-controller-manager kube-scheduler kwok metrics-server
    pods traefik prometheus relay-prometheus relay-traefik load relay-load)

say() { printf '%s\n' "lab: $*" >&2; }
die() { printf '%s\n' "lab: error: $*" >&2; exit 1; }

# The comment block at the top of a script is its help text.
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }

# need TOOL WHAT-TO-DO: fails with a sentence when TOOL is not on PATH.
need() { command -v "$1" >/dev/null 2>&1 || die "$1 is not on PATH. $2"; }

# set_home DIR: where this lab's state lives, as an absolute path.
set_home() {
    mkdir -p "$1" || die "cannot create $1"
    LAB_HOME=$(cd "$1" && pwd)
    RUN=$LAB_HOME/run LOG=$LAB_HOME/log PKI=$LAB_HOME/pki
    mkdir -p "$RUN" "$LOG"
}

# with NAME: whether this lab has it (lab/up --with).
with() { [[ ",$WITH," == *",$1,"* ]]; }

# One script at a time per lab. Daemons must not inherit descriptor 9, or the lock would outlive the script.
take_lock() {
    exec 9>"$RUN/lock"
    flock -w 90 9 || die "another lab script is still busy with $LAB_HOME"
}

# admin ARGS...: kubectl as the administrator of this lab.
admin() { KUBECONFIG=$LAB_HOME/kubeconfig "$LAB_BIN/kubectl" "$@"; }

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# program NAME: the file of the program that NAME is an instance of.
program() {
    case $1 in
        netns | pods | load | relay-*) echo "$LAB_BIN/traffic" ;;
        prometheus) readlink -f "$(command -v "${PROMETHEUS:-prometheus}")" ;;
        *) echo "$LAB_BIN/$1" ;;
    esac
}

# network PID: which network namespace a process is in.
network() { readlink "/proc/$1/ns/net"; }

# running NAME: prints the process id of our NAME, or fails.
# A process is ours only if the program is the one that was started and its whole command line, which names this
# lab's folder, is the recorded one. A process id that was reused for something else can therefore never be signalled.
running() {
    local pid exe program
    pid=$(cat "$RUN/$1.pid" 2>/dev/null) || return 1
    IFS= read -r -d '' program 2>/dev/null <"$RUN/$1.cmdline" || return 1
    [[ $pid =~ ^[0-9]+$ && -r /proc/$pid/cmdline ]] || return 1
    exe=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 1
    [[ ${exe% (deleted)} == "$program" ]] || return 1
    cat "/proc/$pid/cmdline" 2>/dev/null | cmp -s - "$RUN/$1.cmdline" || return 1
    echo "$pid"
}

# stop NAME [SECONDS]: asks our NAME to end, and ends it by force after SECONDS (default 20).
stop() {
    local pid waited=0 limit=$((${2:-20} * 10))
    if pid=$(running "$1"); then
        kill -TERM "$pid" 2>/dev/null || true
        # A stopped process does not see SIGTERM until it continues.
        kill -CONT "$pid" 2>/dev/null || true
        while running "$1" >/dev/null; do
            if ((waited == limit)); then
                say "$1 (process $pid) did not end within ${2:-20} s: killing it"
                kill -KILL "$pid" 2>/dev/null || true
            elif ((waited > limit + 50)); then
                die "$1 (process $pid) cannot be killed"
            fi
            sleep 0.1
            waited=$((waited + 1))
        done
    fi
    rm -f "$RUN/$1.pid" "$RUN/$1.cmdline" "$RUN/$1.inputs"
}

# stop_all: stops all that runs, the last started first; the number of programs is in ENDED.
stop_all() {
    local i name pid limit
    ENDED=0
    for ((i = ${#LAB_COMPONENTS[@]} - 1; i >= 0; i--)); do
        name=${LAB_COMPONENTS[i]}
        if pid=$(running "$name"); then
            say "$name: stopping process $pid"
            ENDED=$((ENDED + 1))
        fi
        # Without etcd, kube-apiserver cannot finish what it would finish first.
        limit=20
        if [[ $name == kube-apiserver ]] && ! running etcd >/dev/null; then limit=2; fi
        stop "$name" "$limit"
    done
}

# launch NAME ARGS...: starts a program in a session of its own, output to its log. BEFORE is what runs first and then
# becomes the program: the way into a network namespace.
launch() {
    local name=$1 program
    shift
    program=$(program "$name")
    printf '%s\0' "$program" "$@" >"$RUN/$name.cmdline"
    printf '=== %s started\n' "$(date -u +%FT%TZ)" >>"$LOG/$name.log"
    # shellcheck disable=SC2016  # expanded by the inner shell, whose id stays the program's
    setsid nohup bash -c 'echo $$ >"$1"; shift; exec "$@"' launch "$RUN/$name.pid" "${BEFORE[@]}" "$program" "$@" \
        >>"$LOG/$name.log" 2>&1 </dev/null 9>&- &
    disown
}

# fail NAME MESSAGE: ends the script with the tail of the component's log.
fail() {
    say "--- the last lines of $LOG/$1.log:"
    tail -n 15 "$LOG/$1.log" 2>/dev/null | cut -c1-400 >&2 || true
    die "$2"
}

# wait_for NAME SECONDS COMMAND...: waits until COMMAND succeeds; fails early if our NAME ends.
wait_for() {
    local name=$1 deadline=$((SECONDS + $2)) limit=$2 grace=$((SECONDS + 1))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! running "$name" >/dev/null && ((SECONDS > grace)); then fail "$name" "$name ended while starting"; fi
        ((SECONDS < deadline)) || fail "$name" "$name was not ready after $limit s"
        sleep 0.1
    done
}

# who_has PORT: a sentence part about the process that listens on PORT, as far as it can be seen.
who_has() {
    local pid
    pid=$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -n1) || true
    [[ -n $pid ]] || { echo "another program"; return; }
    echo "process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c1-100))"
}

# with_prometheus PORT VARIABLE EXAMPLE: runs a cargo example against an empty Prometheus of its own on 127.0.0.1:PORT, and ends
# that. VARIABLE is what chooses another port.
with_prometheus() {
    local port=$1 variable=$2 example=$3 prometheus=${PROMETHEUS:-prometheus}
    need cargo "Install Rust (https://rustup.rs)."
    need curl "Install it (Debian: apt-get install curl)."
    need "$prometheus" "Install it (Debian: apt-get install prometheus) or set PROMETHEUS."
    ! port_open "$port" || die "port $port is in use; set $variable"
    cd "$LAB_REPO"
    cargo build --example "$example"
    prometheus_home=$(mktemp -d) prometheus_pid=
    trap end_prometheus EXIT
    : >"$prometheus_home/config.yml"
    "$prometheus" --config.file="$prometheus_home/config.yml" --storage.tsdb.path="$prometheus_home/data" \
        --storage.tsdb.retention.time=100y --web.listen-address="127.0.0.1:$port" --web.enable-remote-write-receiver \
        --enable-feature=native-histograms \
        >"$prometheus_home/log" 2>&1 &
    prometheus_pid=$!
    for _ in $(seq 100); do
        curl -sf "http://127.0.0.1:$port/-/ready" >/dev/null && break
        kill -0 "$prometheus_pid" 2>/dev/null || { cat "$prometheus_home/log" >&2; die "Prometheus ended"; }
        sleep 0.1
    done
    "${CARGO_TARGET_DIR:-target}/debug/examples/$example" "http://127.0.0.1:$port"
}

end_prometheus() {
    [[ -z $prometheus_pid ]] || { kill "$prometheus_pid" 2>/dev/null || true; wait "$prometheus_pid" 2>/dev/null || true; }
    rm -rf "$prometheus_home"
}
