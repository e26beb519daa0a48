# shellcheck shell=bash
# Certificates and kubeconfigs of the lab. Sourced by lab/up, never run. Everything is made once and then kept; nothing
# of it is a secret worth protecting: it only opens a control plane that listens on 127.0.0.1.

# client NAME SUBJECT: a client certificate signed by the lab's CA, once.
client() {
    [[ -s $PKI/$1.crt ]] && return
    openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/$1.key"
    openssl req -new -key "$PKI/$1.key" -subj "$2" -out "$PKI/$1.csr"
    openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -days 3650 -sha256 \
        -extfile <(echo 'extendedKeyUsage=clientAuth') -out "$PKI/$1.crt.new" 2>/dev/null
    mv "$PKI/$1.crt.new" "$PKI/$1.crt"
}

# kubeconfig FILE CURRENT CONTEXT=USER...: one file with everything in it, for the API server on PORT.
kubeconfig() {
    local file=$1 current=$2 pair
    shift 2
    {
        printf 'apiVersion: v1\nkind: Config\ncurrent-context: %s\n' "$current"
        printf 'clusters:\n- name: lab\n  cluster:\n    server: https://127.0.0.1:%s\n' "$PORT"
        printf '    certificate-authority-data: %s\n' "$(base64 -w0 <"$PKI/ca.crt")"
        echo 'contexts:'
        for pair in "$@"; do
            printf -- '- name: %s\n  context:\n    cluster: lab\n    user: %s\n' "${pair%%=*}" "${pair#*=}"
            [[ ${pair%%=*} != viewer ]] || echo '    namespace: shop'
        done
        echo 'users:'
        for pair in "$@"; do
            printf -- '- name: %s\n  user:\n    client-certificate-data: %s\n    client-key-data: %s\n' "${pair#*=}" \
                "$(base64 -w0 <"$PKI/${pair#*=}.crt")" "$(base64 -w0 <"$PKI/${pair#*=}.key")"
        done
    } >"$file.new"
    chmod 600 "$file.new"
    if cmp -s "$file.new" "$file"; then rm "$file.new"; else mv "$file.new" "$file"; fi
}

make_pki() {
    mkdir -p "$PKI"
    if [[ ! -s $PKI/ca.crt ]]; then
        openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/ca.key"
        openssl req -x509 -new -key "$PKI/ca.key" -subj /CN=rolldeck-lab -days 3650 -sha256 -out "$PKI/ca.crt"
    fi
    if [[ ! -s $PKI/sa.pub ]]; then
        openssl genrsa -out "$PKI/sa.key" 2048 2>/dev/null
        openssl rsa -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub" 2>/dev/null
    fi
    if [[ ! -s $PKI/server.crt ]]; then
        openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/server.key"
        openssl req -new -key "$PKI/server.key" -subj /CN=localhost -out "$PKI/server.csr"
        openssl x509 -req -in "$PKI/server.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -days 3650 -sha256 \
            -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth') \
            -out "$PKI/server.crt.new" 2>/dev/null
        mv "$PKI/server.crt.new" "$PKI/server.crt"
    fi
    # The programs of the control plane have names of their own, so that the audit log can leave them out.
    local name
    for name in admin controller-manager scheduler kwok; do client "$name" "/O=system:masters/CN=$name"; done
    for name in viewer nopods nonamespaces reader; do client "$name" "/O=lab-users/CN=$name"; done
    kubeconfig "$LAB_HOME/kubeconfig" lab lab=admin viewer=viewer nopods=nopods nonamespaces=nonamespaces reader=reader
    for name in controller-manager scheduler kwok; do kubeconfig "$PKI/$name.kubeconfig" lab "lab=$name"; done
    # What they may do is in manifests/traffic.yaml.
    ! with traffic || for name in traefik pods; do
        client "$name" "/O=lab-traffic/CN=$name"
        kubeconfig "$PKI/$name.kubeconfig" lab "lab=$name"
    done
}
