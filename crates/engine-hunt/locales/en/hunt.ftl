# Offline hunt (mangrove hunt): the report page and the summary tables
hunt-title = Log review report
hunt-made = Made { $time } (Vietnam time)
hunt-footer = Made by Mangrove from the log files named here. Each line is a sign found by a rule; a person has to verify it before it is called an incident. Times are Vietnam time.
hunt-stopped = The review was stopped before its end: this report covers only what had been read.

hunt-verdict-unread = No event could be read, so nothing can be concluded.
hunt-verdict-none = Nothing matched any of { $rules } rules in the { $events } events read.
hunt-verdict-some = { $all ->
    [one] { $all } detection
   *[other] { $all } detections
} by { $rules ->
    [one] { $rules } rule
   *[other] { $rules } rules
} on { $hosts ->
    [one] { $hosts } machine
   *[other] { $hosts } machines
}.
hunt-verdict-grave = To be looked at now: { $critical } critical, { $high } high.
hunt-verdict-mild = None of them is high or critical.

hunt-level-informational = Informational
hunt-level-low = Low
hunt-level-medium = Medium
hunt-level-high = High
hunt-level-critical = Critical

hunt-fact-inputs = Files read
hunt-fact-inputs-value = { $read } of { $all }
hunt-fact-bytes = Size
hunt-fact-events = Events
hunt-fact-span = Time of the events
hunt-fact-rules = Rules in use
hunt-fact-elapsed = Running time
hunt-fact-seconds = { $n } s
hunt-fact-outside = Events outside the chosen time
hunt-fact-unparsed = Events not recognised
hunt-fact-no-time = Events without a believable time
hunt-fact-truncated = Events too long, cut
hunt-fact-not-utf8 = Events with invalid characters
hunt-fact-below = Detections below the chosen level

hunt-timeline = Over time
hunt-timeline-all = All detections
hunt-timeline-key = Column height follows the square root of the count; dashed line: a stretch without detections, left out

hunt-tactic-reconnaissance = Reconnaissance
hunt-tactic-resource-development = Resource development
hunt-tactic-initial-access = Initial access
hunt-tactic-execution = Execution
hunt-tactic-persistence = Persistence
hunt-tactic-privilege-escalation = Privilege escalation
hunt-tactic-defense-evasion = Defense evasion
hunt-tactic-stealth = Stealth
hunt-tactic-defense-impairment = Defence impairment
hunt-tactic-credential-access = Credential access
hunt-tactic-discovery = Discovery
hunt-tactic-lateral-movement = Lateral movement
hunt-tactic-collection = Collection
hunt-tactic-command-and-control = Command and control
hunt-tactic-exfiltration = Exfiltration
hunt-tactic-impact = Impact
hunt-tactic-none = No tactic named

hunt-by-host = By machine
hunt-by-rule = By rule
hunt-by-tactic = By ATT&CK tactic
hunt-times-on-hosts = { $times ->
    [one] once
   *[other] { $times } times
} on { $hosts ->
    [one] { $hosts } machine
   *[other] { $hosts } machines
}
hunt-what = What happened
hunt-what-first = For example: { $host }, { $time }
hunt-why = Why it matters
hunt-do = What to do now
hunt-false-positives = May be harmless when:
hunt-more = … and { $n } more that are not listed here; use --output csv or jsonl for all of them.

hunt-time = Time
hunt-time-unknown = time unknown
hunt-host = Machine
hunt-host-unknown = (machine unknown)
hunt-user = Account
hunt-matched = Matched fields
hunt-place = Source
hunt-level = Level
hunt-rule = Rule
hunt-count = Times
hunt-first = First
hunt-last = Last
hunt-tactic = Tactic

hunt-skipped = What was skipped
hunt-skipped-sum = Skipped: { $what }.
hunt-skipped-inputs = { $n ->
    [one] { $n } place in the data
   *[other] { $n } places in the data
}
hunt-skipped-rules = { $n ->
    [one] { $n } rule
   *[other] { $n } rules
}
hunt-skipped-lost = About { $n } records are lost.
hunt-skipped-see = See which
hunt-input = Source
hunt-reason = Reason
hunt-remedy = Remedy
hunt-progress = { $events } events ({ $rate }/s), { $detections } detections
hunt-stopping = Stopping… (Ctrl-C once more to leave at once)
hunt-lake = Going through { $n } stored events.
hunt-written = Result written to { $file }
hunt-rules-left-out = Rule folders not used: { $folders }; name them with --rules to use them.

hunt-place-line = line { $n }
hunt-place-byte = byte { $n }
hunt-place-record = record { $n }
hunt-place-chunk = chunk { $n }
hunt-place-whole = whole
hunt-fact-late = Events too far out of order to be correlated
hunt-indicators = Looking for { $n } indicators of { $lists } lists.
