# The audit trail
audit-title = Audit trail
audit-lead = Who did what, as what, and when. Each row carries the hash of the row before and is signed every day, so that every later change is found.
audit-verify = Verify
audit-export-csv = Export CSV
audit-export-whole = Export all for verification
audit-back = Back to the trail
audit-number = No.
audit-at = Time
audit-who = Person
audit-as = Roles held
audit-peer = Address
audit-action = Action
audit-object = Object
audit-object-id = Id of the object
audit-unit = Unit
audit-why = Reason
audit-request = Request
audit-hash = Hash of the row
audit-facts = Facts
audit-change = What changed
audit-change-none = This act changed no data.
audit-field = Field
audit-before = Before
audit-after = After
audit-act-title = Entry { $n } of the audit trail
audit-filter-all = All
audit-filter-from = From
audit-filter-until = To the end of
audit-filter-object = Id of the object
audit-filter-clear = Clear the filter
audit-none = No entries
audit-none-hint = Every act that changes data will be recorded here.
audit-none-fits = No entry fits the filter.
audit-newest = Newest
audit-older = Older
audit-check-title = Verification of the audit trail
audit-check-lead = The whole trail has been read again, and every row held against its hash and against what was signed.
audit-whole = The trail is whole: { $n } entries were checked, none was altered, removed, inserted or moved.
audit-whole-signed = { $n } entries are signed; { $since } newer ones will be with the next signature.
audit-head = Hash of the last row (write it down elsewhere to compare later):
audit-fault-altered = Entry { $n } was altered after it was written.
audit-fault-removed = { $count ->
    [one] One entry was removed at { $n }.
   *[other] { $count } entries were removed from entry { $n } on.
 }
audit-fault-inserted = { $count ->
    [one] One entry was inserted at { $n }.
   *[other] { $count } entries were inserted from entry { $n } on.
 }
audit-fault-moved = Entries were reordered: entry { $n } stands at { $to }.
audit-fault-cut-off = The trail was cut off before entry { $n }: the last signature counted { $count }.
audit-fault-rewritten = Entries { $n } to { $to } were rewritten after they were signed.
audit-fault-false-checkpoint = The checkpoint over { $count } entries was not made by the key of this system.
audit-broken-do = Leave everything as it is, tell the officer in charge, and compare with the backups and with the checkpoints that were sent away. The trail is not signed any more until it is restored.
audit-broken-around = See the entries around this place
audit-checkpoints = Checkpoints
audit-checkpoints-none = Nothing is signed yet. The trail is signed once a day.
audit-checkpoint-at = Signed
audit-checkpoint-size = Entries
audit-checkpoint-sent = Sent to a third party
audit-checkpoint-note = Signed note
audit-checkpoint-waiting = Waiting
audit-checkpoint-show = Show
audit-no-courier = Checkpoints are sent to nobody outside this server, so whoever administers it could cut off the end of the trail unseen. Set --audit-mail or --audit-syslog.
audit-key-title = Verifying elsewhere
audit-key-text = With the public key below, inspectors verify an export of the trail themselves, without this server.
audit-key-step-export = Export the whole trail with the button at the top.
audit-key-step-carry = Take the file and the public key to another machine; hand the key over by another way.
audit-key-step-verify = Run this there:
audit-mail-subject = [Mangrove] Checkpoint of the audit trail: { $n } entries
audit-mail-lead = This is the daily checkpoint of the audit trail at { $console }, up to entry { $n }. Please keep the text below as it is: it proves that nobody alters, removes or cuts off signed entries later.
audit-mail-keep = To compare: mangrove audit verify --export FILE --checkpoint THIS-MAIL
