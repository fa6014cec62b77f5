# Settings of the server: groups, meanings, mistakes, manual.
setting-group-general = General
setting-group-console = Console
setting-group-intake = Events from the network and from files
setting-group-mail = Mail
setting-group-audit = Audit trail
setting-group-lake = Event lake
setting-group-content = Content
setting-group-watch = Monitoring

setting-data = Folder for everything that is kept: records, event lake, journal, keys. Readable by the server's account only. `mangrove demo` has `mangrove-demo-data`.
setting-database = Keep the records in PostgreSQL 15 or later instead of a file in the data folder. The address may hold a password, so it counts as a secret.
setting-log = What goes to the log: `error`, `warn`, `info`, `debug`, or a filter with parts such as `info,sqlx=warn`. `mangrove demo` has `warn`.
setting-log-format = Form of the log on standard error: lines to read, or one JSON object per line for a log collector.
setting-host = Address the console and the API listen on. `mangrove demo` and `http` have 127.0.0.1.
setting-port = Port of the console and the API; with `http` it is 8080 where nothing else is set.
setting-http = Plain HTTP instead of HTTPS; only allowed on a loopback address, for a proxy on this machine or a trial.
setting-tls-cert = Certificate chain (PEM) of the console, leaf first. Without one a certificate is made at first start. Goes with `tls-key`.
setting-tls-key = Private key (PEM) of `tls-cert`.
setting-name = Name under which people reach the console; it goes into links, mails and the certificate.
setting-second-factor = Whether administrators, provincial security leads and analysts must have a second factor. `mangrove demo` has `optional`.
setting-outbound-ca = Authorities (PEM) that are trusted beside the well-known ones when this server asks others over HTTPS, such as a provider of sign-ins.
setting-syslog-udp = Receive syslog over UDP here. `mangrove demo` has 127.0.0.1:5514.
setting-syslog-tcp = Receive syslog over TCP here. `mangrove demo` has 127.0.0.1:5514.
setting-syslog-tls = Receive syslog over TLS (RFC 5425) here.
setting-relp = Receive RELP, syslog that is acknowledged, here.
setting-relp-tls = Receive RELP over TLS here, with `tls-cert` as its certificate.
setting-intake-http = Receive events over HTTP here too (NDJSON, _bulk, OTLP). Tokens cross the network in clear: for trusted networks only.
setting-intake-https = Receive events over HTTPS here too (NDJSON, _bulk, OTLP over HTTP and gRPC).
setting-intake-client-ca = Authorities (PEM) that certificates of log senders are verified against.
setting-intake-client-required = Turn away log senders over TLS that show no certificate of `intake-client-ca`.
setting-watch-lines = Follow the files of a folder line by line, through rotation. May be given several times.
setting-watch-files = Read each finished file that is put into a folder once, EVTX above all. May be given several times.
setting-source-quota = Most records of one log sender, with bursts of ten times as many; 0 sets no limit.
setting-smtp = Mail server for warnings. It may hold a user name and a password, so it counts as a secret. Without one no mail is sent.
setting-mail-from = Sender of mails: an address, or a name with the address in angle brackets.
setting-audit-mail = Send each signed checkpoint of the audit trail to this mail address; it should be somebody else's.
setting-audit-syslog = Send each signed checkpoint of the audit trail to this syslog server (TCP), as HOST:PORT; it should be somebody else's.
setting-lake-cold = Second folder of the event lake, on a larger or slower disk: closed days move there.
setting-lake-cold-after = When a closed day moves to `lake-cold`.
setting-content = Folder with content of your own (rules/, sources/ …), laid over what is built in.
setting-attack-samples = Folder of attack samples (EVTX, JSON, logs). Once a month they are replayed and the share detected is kept.
setting-metrics = Serve figures for Prometheus here, at /metrics, without TLS. Beyond a loopback address it needs `metrics-token`.
setting-metrics-token = Whoever asks for the figures must send this as `Authorization: Bearer …`. At least 16 characters.

setting-place-default = default
setting-not-set = not set

setting-wrong-unknown = there is no setting { $name }; `mangrove config manual` lists them all
setting-wrong-unknown-near = there is no setting { $name }; did you mean { $near }?
setting-wrong-syntax = this is no TOML: { $reason }
setting-wrong-unreadable = it cannot be read: { $reason }; check the name and whose file it is
setting-wrong-too-large = it has more than { $most } bytes; a file of settings or a secret is smaller
setting-wrong-type = this is of type { $found }; write a value of type { $wanted }
setting-wrong-empty = nothing stands here; write a value or take the setting out
setting-wrong-too-long = this is longer than { $most } bytes; shorten it
setting-wrong-address = “{ $text }” is no IP address; write e.g. 10.0.0.5 or ::1
setting-wrong-listen = “{ $text }” is not ADDRESS:PORT; write e.g. 0.0.0.0:5514, or off
setting-wrong-flag = “{ $text }” is neither true nor false
setting-wrong-number = “{ $text }” is no whole number from { $least } to { $most }
setting-wrong-url = this does not begin with { $schemes } and a server's name
setting-wrong-choice = “{ $text }” is none of: { $words }
setting-wrong-twice = given both itself and by { $file }; take one of the two out

setting-manual-title = Settings
setting-manual-intro =
    Made by `mangrove config manual` from the table in `crates/base-settings`; a test keeps it up to date.

    A setting can be given as a flag, as an environment variable, or in a configuration file (TOML) with its name
    as the key. A flag wins over a variable, a variable over the file; lists are joined. The file is the one named by `--config` or
    `MANGROVE_CONFIG`, or else `mangrove.toml` in the data folder, or else `/etc/mangrove/mangrove.toml`.

    `mangrove config check` names every mistake with its line. `mangrove config show` says what holds and where each
    value comes from; secrets are masked.
setting-manual-kind = Value
setting-manual-unit = Unit
setting-manual-default = Default
setting-manual-none = none
setting-manual-given = Flag and variable
setting-manual-secret = Secret
setting-manual-secret-how = rather keep it in a file that only the server can read, named by { $flag } or { $variable }
setting-manual-example = Example
setting-kind-text = text
setting-kind-file = file
setting-kind-folder = folder
setting-kind-address = IP address
setting-kind-port = port, 1 to 65535
setting-kind-listen = `ADDRESS:PORT`, or `off`
setting-kind-flag = `true` or `false`
setting-kind-list = list of `NAME=DIR/PATTERN`
setting-kind-number = whole number from { $least } to { $most }
setting-kind-url = address with { $schemes }
setting-kind-choice = one of { $words }
setting-unit-days = days
setting-unit-records-per-second = records per second

setting-check-no-file = no configuration file
setting-check-end =
    { $file }: { $n ->
        [0] no mistake
        [one] 1 mistake
       *[other] { $n } mistakes
    }
