# Accounts, sign-in, rights, audit trail.
identity-nav-accounts = Accounts

# Sign-in
identity-sign-in-title = Sign in
identity-sign-in-lead = Security monitoring, warning and incident response for the province.
identity-sign-in = Sign in
identity-sign-in-help = Forgot your password? The administrator of the province can give you a one-time password.
identity-sign-in-wrong = The name or the password is not right.
identity-sign-in-locked = This account is locked. Ask the administrator of the province.
identity-sign-in-wait = Too many wrong tries. Try again in { $span }.
identity-login = Sign-in name
identity-login-hint = Lower-case letters without accents, digits, and . _ - @
identity-password = Password
identity-password-again = Password again
identity-password-hint = At least { $min } characters. A short sentence you remember is better than a hard word; accents are welcome.

# First start
identity-start-title = Make the first administrator
identity-start-lead = This server has no account yet. Whoever holds the setup code makes the first one, and then the others.
identity-start-code = Setup code
identity-start-code-hint = Printed in the terminal when the program starts; it works once.
identity-start-send = Make the account

# My account
identity-me-title = My account
identity-me-facts = Account
identity-name = Name
identity-email = Mail
identity-role = Role
identity-roles = Roles
identity-made = Made
identity-password-changed = Password last changed
identity-sessions = Sessions
identity-sessions-end-others = End the other sessions
identity-sessions-ended = { $n ->
    [one] One other session ended.
   *[other] { $n } other sessions ended.
 }
identity-session-browser = Browser
identity-session-peer = Address
identity-session-since = Signed in
identity-session-seen = Active
identity-session-present = This session
identity-session-end = End
identity-session-ended = The session has ended.
identity-change-password = Change password
identity-password-present = Present password
identity-password-new = New password
identity-password-save = Change password
identity-password-done = The password has been changed. Your other sessions have ended.
identity-password-must = Your password was given to you by somebody else. Choose your own before you go on.

# Administration
identity-accounts-title = Accounts
identity-accounts-lead = Who can sign in, and with which role over the province or a unit.
identity-accounts-none = No account fits
identity-accounts-none-hint = Loosen the filter.
identity-account-new = Add an account
identity-account-new-lead = The person gets a one-time password and must change it at the first sign-in.
identity-account-make = Make the account
identity-account-made = The account has been made
identity-account-open = Open the account
identity-account-actions = Lock and password
identity-account-trail = Trail of this account
identity-cancel = Cancel
identity-search = Find by name
identity-any-role = Any role
identity-last-sign-in = Last sign-in
identity-never = Never
identity-state = State
identity-state-active = Active
identity-state-locked = Locked
identity-state-must-change = Must change password
identity-locked-since = Locked since
identity-unit = Unit
identity-unit-none = — Whole province —
identity-unit-hint = Only officers and heads of units belong to a unit; the other roles are over the whole province.
identity-one-time-title = One-time password of { $login }
identity-one-time-hint = It is shown only now. Hand it over in person or by telephone, not by mail.
identity-reset = Give a one-time password
identity-reset-hint = The old password stops working and every session ends.
identity-reset-ask = Give a new password? The old one stops working at once and every session of this person ends.
identity-lock = Lock the account
identity-lock-why = Reason
identity-locked-done = The account is locked.
identity-unlock = Unlock the account
identity-unlocked-done = The account is unlocked.
identity-grants-none = No role yet: this person can sign in but sees nothing.
identity-granted-at = Since
identity-granted-by = Given by
identity-grant-give = Give the role
identity-grant-given = The role has been given.
identity-grant-take = Take away
identity-grant-taken = The role has been taken away.
identity-trail-none = Nothing recorded yet

# Roles
identity-role-administrator = Administrator
identity-role-security-lead = Security lead of the province
identity-role-analyst = Analyst
identity-role-unit-officer = Officer of a unit
identity-role-head-of-unit = Head of a unit
identity-role-auditor = Auditor
identity-role-service = Program

# Audit trail
identity-audit-at = When
identity-audit-who = Who
identity-audit-action = Act
identity-audit-detail = Detail
identity-act-accounts-create = Account made
identity-act-accounts-lock = Account locked
identity-act-accounts-unlock = Account unlocked
identity-act-accounts-reset-password = One-time password given
identity-act-accounts-change-password = Password changed
identity-act-accounts-grant = Role given
identity-act-accounts-revoke-grant = Role taken away
identity-act-session-open = Signed in
identity-act-session-close = Signed out
identity-act-session-revoke = Session ended
identity-act-audit-read = Looked at the audit trail
identity-act-audit-export = Exported the audit trail
identity-act-audit-verify = Verified the audit trail
identity-act-alerts-note = Note on an alert
identity-act-alerts-state = State of an alert changed
identity-act-events-export = Events exported
identity-act-events-upload = Log file handed in
identity-act-plan-declare = Declared value entered
identity-act-plan-measure = Indicator measured
identity-act-sources-change = Source changed
identity-act-sources-declare = Source declared
identity-act-sources-switch = Source switched on or off
identity-act-sources-token = Token given to a source
identity-act-systems-import = List of systems entered
identity-act-units-add = Unit added
identity-act-units-change = Unit changed
identity-act-units-import = List of units entered
identity-act-units-define-set = Set of units defined
identity-act-units-add-contact = Contact added
identity-act-units-remove-contact = Contact removed
identity-act-warnings-issue = Unit warned
identity-act-warnings-read = Warning read by the unit
identity-act-warnings-acknowledge = Warning acknowledged
identity-act-warnings-remind = Unit reminded
identity-act-warnings-resend = Warning sent again
identity-act-indicators-stage = Hand in a list of indicators
identity-act-indicators-activate = Put a list of indicators into force
identity-act-indicators-discard = Throw a file of indicators away
identity-act-indicators-switch = Switch a list of indicators
identity-act-indicators-remove = Remove a list of indicators
identity-act-indicators-allow = Change what is allowed

# Field errors
identity-error-setup-code = The setup code is not right. Look at the terminal again.
identity-error-login-form = A sign-in name has 2 to 64 lower-case letters, digits or . _ - @ and begins with a letter or digit.
identity-error-login-taken = This sign-in name is taken.
identity-error-name-missing = Enter the name.
identity-error-name-long = The name is longer than 120 characters.
identity-error-email-form = This is not a mail address.
identity-error-password-short = Too short: at least 10 characters.
identity-error-password-long = Too long: at most 256 bytes.
identity-error-password-simple = Too easy to guess: few different characters, or a row of keys.
identity-error-password-common = This is one of the passwords tried first. Choose a sentence of your own.
identity-error-password-of-person = A password must not be made of your name.
identity-error-password-differs = The two passwords differ.
identity-error-password-wrong = The present password is not right.
identity-error-password-same = The new password must differ from the present one.
identity-error-role-unknown = There is no such role.
identity-error-role-needs-unit = This role needs a unit.
identity-error-role-is-of-province = This role is over the whole province; choose no unit.
identity-error-unit-unknown = There is no such unit.
identity-error-why-missing = Give a reason.
