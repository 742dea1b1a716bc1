# bash completion for ringfence
_ringfence() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word words
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
        serve|doctor|health|asterisk-conf|block|allow|remove|list|check|audit|log|settings|config|completion|man|version) command=$word; break ;;
        esac
    done
    case "$command $previous" in
    serve\ --config) compopt -o default; return ;;
    serve\ --ari-url) return ;;
    serve\ --ari-username) return ;;
    serve\ --ari-password) return ;;
    serve\ --ari-app) return ;;
    serve\ --redis) return ;;
    serve\ --redis-prefix) return ;;
    serve\ --region) return ;;
    serve\ --http) return ;;
    serve\ --state) compopt -o default; return ;;
    serve\ --instance) return ;;
    serve\ --deadline) return ;;
    serve\ --drain-timeout) return ;;
    serve\ --log-format) COMPREPLY=($(compgen -W "auto json text" -- "$current")); return ;;
    serve\ --log-level) COMPREPLY=($(compgen -W "debug error info warn" -- "$current")); return ;;
    doctor\ --asterisk-command) return ;;
    doctor\ --asterisk-conf) compopt -o default; return ;;
    doctor\ --output) COMPREPLY=($(compgen -W "table json" -- "$current")); return ;;
    doctor\ --config) compopt -o default; return ;;
    doctor\ --ari-url) return ;;
    doctor\ --ari-username) return ;;
    doctor\ --ari-password) return ;;
    doctor\ --ari-app) return ;;
    doctor\ --redis) return ;;
    doctor\ --redis-prefix) return ;;
    doctor\ --region) return ;;
    doctor\ --http) return ;;
    health\ --timeout) return ;;
    health\ --output) COMPREPLY=($(compgen -W "table json" -- "$current")); return ;;
    health\ --config) compopt -o default; return ;;
    health\ --http) return ;;
    block\ --action) COMPREPLY=($(compgen -W "decline busy reject not-found message" -- "$current")); return ;;
    block\ --reason) return ;;
    block\ --for) return ;;
    block\ --to) return ;;
    block\ --source) return ;;
    block\ --author) return ;;
    block\ --output) COMPREPLY=($(compgen -W "table json" -- "$current")); return ;;
    block\ --config) compopt -o default; return ;;
    block\ --redis) return ;;
    block\ --redis-prefix) return ;;
    block\ --region) return ;;
    allow\ --reason) return ;;
    allow\ --for) return ;;
    allow\ --to) return ;;
    allow\ --source) return ;;
    allow\ --author) return ;;
    allow\ --output) COMPREPLY=($(compgen -W "table json" -- "$current")); return ;;
    allow\ --config) compopt -o default; return ;;
    allow\ --redis) return ;;
    allow\ --redis-prefix) return ;;
    allow\ --region) return ;;
    remove\ --to) return ;;
    remove\ --output) COMPREPLY=($(compgen -W "table json" -- "$current")); return ;;
    remove\ --config) compopt -o default; return ;;
    remove\ --redis) return ;;
    remove\ --redis-prefix) return ;;
    remove\ --region) return ;;
    list\ --search) return ;;
    list\ --kind) COMPREPLY=($(compgen -W "block allow" -- "$current")); return ;;
    list\ --source) return ;;
    list\ --sort) COMPREPLY=($(compgen -W "created number hits last-hit expiry" -- "$current")); return ;;
    list\ --limit) return ;;
    list\ --output) COMPREPLY=($(compgen -W "table json csv" -- "$current")); return ;;
    list\ --config) compopt -o default; return ;;
    list\ --redis) return ;;
    list\ --redis-prefix) return ;;
    list\ --region) return ;;
    check\ --to) return ;;
    check\ --at) return ;;
    check\ --output) COMPREPLY=($(compgen -W "table json" -- "$current")); return ;;
    check\ --config) compopt -o default; return ;;
    check\ --redis) return ;;
    check\ --redis-prefix) return ;;
    check\ --region) return ;;
    audit\ --since) return ;;
    audit\ --until) return ;;
    audit\ --by) return ;;
    audit\ --via) return ;;
    audit\ --action) COMPREPLY=($(compgen -W "decline busy reject not-found message" -- "$current")); return ;;
    audit\ --number) return ;;
    audit\ --batch) return ;;
    audit\ --limit) return ;;
    audit\ --output) COMPREPLY=($(compgen -W "table json" -- "$current")); return ;;
    audit\ --config) compopt -o default; return ;;
    audit\ --redis) return ;;
    audit\ --redis-prefix) return ;;
    audit\ --region) return ;;
    log\ --caller) return ;;
    log\ --to) return ;;
    log\ --verdict) COMPREPLY=($(compgen -W "passed refused observed abandoned" -- "$current")); return ;;
    log\ --since) return ;;
    log\ --until) return ;;
    log\ --limit) return ;;
    log\ --output) COMPREPLY=($(compgen -W "table json csv" -- "$current")); return ;;
    log\ --config) compopt -o default; return ;;
    log\ --redis) return ;;
    log\ --redis-prefix) return ;;
    log\ --region) return ;;
    settings\ --output) COMPREPLY=($(compgen -W "table json" -- "$current")); return ;;
    settings\ --config) compopt -o default; return ;;
    settings\ --redis) return ;;
    settings\ --redis-prefix) return ;;
    settings\ --region) return ;;
    config\ --output) COMPREPLY=($(compgen -W "table json" -- "$current")); return ;;
    config\ --config) compopt -o default; return ;;
    config\ --ari-url) return ;;
    config\ --ari-username) return ;;
    config\ --ari-password) return ;;
    config\ --ari-app) return ;;
    config\ --redis) return ;;
    config\ --redis-prefix) return ;;
    config\ --region) return ;;
    config\ --http) return ;;
    config\ --state) compopt -o default; return ;;
    config\ --instance) return ;;
    config\ --deadline) return ;;
    config\ --drain-timeout) return ;;
    config\ --log-format) COMPREPLY=($(compgen -W "auto json text" -- "$current")); return ;;
    config\ --log-level) COMPREPLY=($(compgen -W "debug error info warn" -- "$current")); return ;;
    esac
    case $command in
    "") words="serve doctor health asterisk-conf block allow remove list check audit log settings config completion man version" ;;
    serve) words="--config --ari-url --ari-username --ari-password --ari-app --redis --redis-prefix --region --http --state --instance --deadline --drain-timeout --embedded --log-format --log-level --mask-callers" ;;
    doctor) words="--asterisk-command --asterisk-conf --output --config --ari-url --ari-username --ari-password --ari-app --redis --redis-prefix --region --http" ;;
    health) words="--timeout --output --config --http" ;;
    asterisk-conf) words="" ;;
    block) words="--action --force --reason --for --to --source --author --output --config --redis --redis-prefix --region" ;;
    allow) words="--reason --for --to --source --author --output --config --redis --redis-prefix --region" ;;
    remove) words="--to --output --config --redis --redis-prefix --region" ;;
    list) words="--search --kind --source --sort --limit --output --config --redis --redis-prefix --region" ;;
    check) words="anonymous --to --at --withheld --output --config --redis --redis-prefix --region" ;;
    audit) words="--since --until --by --via --action --number --batch --limit --output --config --redis --redis-prefix --region" ;;
    log) words="--caller --to --verdict --since --until --limit --follow --output --config --redis --redis-prefix --region" ;;
    settings) words="mode= action= anonymous= message-sound= message-answer= message-limit= own= --reset --output --config --redis --redis-prefix --region" ;;
    config) words="show --output --config --ari-url --ari-username --ari-password --ari-app --redis --redis-prefix --region --http --state --instance --deadline --drain-timeout --embedded --log-format --log-level --mask-callers" ;;
    completion) words="bash zsh fish" ;;
    man) words="" ;;
    version) words="" ;;
    esac
    COMPREPLY=($(compgen -W "$words --help" -- "$current"))
    case ${COMPREPLY[0]} in *=) compopt -o nospace ;; esac
}
complete -F _ringfence ringfence
