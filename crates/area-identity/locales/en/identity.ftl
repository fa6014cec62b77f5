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

# Second factor
identity-factor = Second factor
identity-factor-short = Second factor
identity-factor-lead = Besides the password each sign-in asks for a code from your phone or a passkey. Who only knows the password does not get in.
identity-factor-on = Set up
identity-factor-off = Not set up
identity-factor-since = Since
identity-factor-app = Authenticator app
identity-factor-manage = Manage the second factor
identity-factor-enrol = Set up the second factor
identity-factor-must = Your role needs a second factor. Set it up before you go on.
identity-factor-qr = QR code that adds this account to an authenticator app
identity-factor-step-app = Install an authenticator app on your phone (Google Authenticator, Microsoft Authenticator, FreeOTP or the like). It needs no network.
identity-factor-step-scan = In the app, add an account and scan the QR code below.
identity-factor-step-code = Enter the six digits the app shows and your present password.
identity-factor-by-hand = Cannot scan? Type this key into the app:
identity-factor-code-hint = Six digits, new every 30 seconds.
identity-factor-remove = Remove the second factor
identity-factor-remove-own-hint = For a new phone: remove the old app, then set up the new one. Passkeys and recovery codes go too, other sessions end.
identity-factor-remove-own-ask = Remove your authenticator app, passkeys and all recovery codes?
identity-factor-remove-why = Reason for removing the second factor
identity-factor-remove-hint = Only when the person has lost the phone and has no recovery codes left; make sure who it is first. All sessions of this person end.
identity-factor-remove-ask = Remove the second factor of this person? From then on the password alone signs in, until it is set up again.
identity-factor-removed = The second factor has been removed.
identity-code-title = Second step
identity-code-lead = The password is right. One more step: a passkey, the code of your authenticator app, or a recovery code.
identity-code = Code
identity-code-hint = The six digits of the app, or a recovery code.
identity-code-send = Confirm
identity-code-wrong = The code is not right or has been used. Wait for a new one and try again.
identity-code-help = Phone lost and no recovery codes left? Ask the administrator of the province.
identity-code-again = Sign in with another account
identity-recovery = Recovery codes
identity-recovery-left = { $n ->
    [one] One code left
   *[other] { $n } codes left
 }
identity-recovery-title = Your recovery codes
identity-recovery-lead = Without your phone, enter a recovery code in place of the code. Each works once.
identity-recovery-once = These codes are shown only now. Save or print them and keep them in a safe place, away from the phone.
identity-recovery-file = Mangrove recovery codes of the account { $login }
identity-recovery-save = Save as a file
identity-recovery-go-on = Kept safe, go on
identity-recovery-new = Make new recovery codes
identity-recovery-new-hint = Makes 10 new codes; the old ones stop working.
identity-by-totp = Two factors
identity-by-recovery = Recovery code

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

# Periods and delegation
identity-period = Period
identity-period-open = No end
identity-period-from = From { $from }
identity-period-until = Until the end of { $until }
identity-period-both = From { $from } until the end of { $until }
identity-from = From
identity-until = Last day
identity-grants-past = Past roles ({ $n })
identity-grant-ended = Over since
identity-grant-how = How
identity-grant-taken-by = Taken away by { $name }
identity-grant-taken-state = Taken away
identity-grant-ran-out = Its period is over
identity-grant-parent-over = The delegating person no longer holds the role
identity-delegated = Delegated
identity-delegated-by = delegated by { $name }
identity-delegations = Delegation
identity-delegations-title = Delegate a role
identity-delegations-lead = When you travel or are on leave, you can hand one of your roles to somebody else for a time. It ends by itself and stands in the audit trail.
identity-delegations-given = Roles handed on at present
identity-delegations-none = You have handed on no role.
identity-delegations-nothing = You have no role that can be handed on. What was delegated to you cannot be delegated further.
identity-delegation-new = Hand on a role
identity-delegation-to = To
identity-delegation-to-hint = Sign-in name of the other person.
identity-delegation-from-hint = Empty: from now on.
identity-delegation-until-hint = At most { $days } days, and not beyond the end of your own role.
identity-delegation-why = Reason
identity-delegation-send = Delegate
identity-delegation-done = The role has been delegated.
identity-delegation-end = End
identity-delegation-ended = The delegation has ended.

# Tokens for programs
identity-tokens = API tokens
identity-tokens-lead = With a token a program or script acts for you, with a part of your rights and for a time. It cannot manage accounts.
identity-tokens-yours = Tokens in force
identity-tokens-none = No token yet.
identity-token-new = Make a token
identity-token-name = Name of the token
identity-token-name-hint = What for and on which machine; this name stands in the audit trail.
identity-token-for = It may
identity-token-all-units = — All units within your reach —
identity-token-until-hint = At most { $days } days.
identity-token-used = Last used
identity-token-make = Make the token
identity-token-made = The new token
identity-token-once = It is shown only now. Keep it where the program can read it and nobody else can.
identity-token-end = Revoke
identity-token-ended = The token has been revoked.
identity-action-overview-read = See the overview
identity-action-alerts-read = See alerts
identity-action-alerts-triage = Work alerts
identity-action-rules-read = See detection rules
identity-action-rules-tune = Tune detection rules
identity-action-rules-switch = Switch detection rules
identity-action-rules-install = Install rule packs
identity-action-indicators-manage = Manage indicators
identity-action-events-search = Search events
identity-action-events-export = Export events
identity-action-events-upload = Hand in log files
identity-action-sources-read = See sources
identity-action-sources-manage = Manage sources
identity-action-warnings-read = See warnings to units
identity-action-warnings-send = Warn units
identity-action-warnings-acknowledge = Acknowledge warnings
identity-action-plan-read = See the plan
identity-action-plan-declare = Enter declared values
identity-action-units-read = See units
identity-action-units-manage = Manage units
identity-action-units-export = Export the list of units
identity-action-systems-read = See information systems
identity-action-systems-manage = Manage information systems
identity-action-accounts-read = See accounts
identity-action-access-read = See access reviews
identity-action-access-review = Review access
identity-action-audit-read = Read the audit trail
identity-action-settings-read = See the settings of the system
identity-action-health-read = See the state of the program

# Access review
identity-reviews = Access review
identity-reviews-lead = From time to time each role given is looked at again: kept where it is needed, taken away where it is not. What comes out is evidence that access is managed.
identity-reviews-none = No review yet
identity-reviews-none-hint = Begin the first one; every six months is a good measure.
identity-review-name = Name of the review
identity-review-name-hint = For example: first half of 2014.
identity-review-begin = Begin a review
identity-review-begun = The review has begun.
identity-review-lead = The list is as it stood when the review began. What is taken away ends as soon as it is saved.
identity-review-state = State of the review
identity-review-open = Open
identity-review-closed = Closed
identity-review-overdue = Overdue
identity-review-overdue-hint = A review is past its day and not closed.
identity-review-opened = Begun
identity-review-due = Due
identity-review-decided = Decided
identity-review-taken = Taken away
identity-review-digest = SHA-256 of the evidence file
identity-review-file = Evidence (CSV)
identity-review-all = All
identity-review-undecided = Undecided
identity-review-nothing = Nothing is left to decide
identity-review-seen = Last seen
identity-review-decision = Decision
identity-review-decide-for = Decision about the role of { $name }
identity-review-why-for = Reason for the role of { $name }
identity-review-why = Reason
identity-review-later = Undecided
identity-review-keep = Keep
identity-review-take = Take away
identity-review-was-kept = Kept
identity-review-was-taken = Taken away
identity-review-was-over = Ended before
identity-review-own = decided about oneself
identity-review-save = Save decisions
identity-review-saved = { $n ->
    [one] One decision saved.
   *[other] { $n } decisions saved.
 }
identity-review-close = Close the review
identity-review-close-hint = Possible once every role is decided. After that the evidence no longer changes; its hash is written into the audit trail.
identity-review-close-ask = Close the review? Decisions cannot be changed afterwards.
identity-review-closed-done = The review is closed.

# Invitations
identity-invitation = Invitation
identity-invite = Make it and send an invitation
identity-invite-again = Send the invitation again
identity-invite-again-hint = The earlier link stops working.
identity-invite-waiting = Not accepted yet, until
identity-invite-ran-out = Ran out
identity-invite-mailed = The invitation has been sent. Its link works once, within { $days } days.
identity-invite-link = Invitation link of { $login }
identity-invite-link-hint = It is shown only now and works once, within { $days } days. Hand it to the right person in another way.
identity-invite-failed = The invitation could not be sent: { $why }
identity-invite-title = Accept the invitation
identity-invite-lead = You are invited to the province's security monitoring. Choose a password of your own.
identity-invite-accept = Set the password
identity-invite-over = The invitation is over or has been used. Ask the administrator for a new one.
identity-invite-subject = Invitation to the province's security monitoring
identity-invite-letter = Dear { $name },

    { $by } invites you to the province's system for security monitoring, warning and incident response.
    Your sign-in name: { $login }

    Open this link to set your password:

    { $link }

    It works once, within { $days } days. If you did not expect this, leave it and tell the administrator.

# Passkeys
identity-passkey = Passkey
identity-passkeys = Passkeys
identity-passkeys-none = No passkey yet.
identity-passkey-hint = A passkey lives in your computer, telephone or USB security key and opens with a finger, a face or a PIN. A forged page cannot get at it, which makes it safer than six digits.
identity-passkey-noscript = JavaScript is off in this browser, so passkeys cannot be used.
identity-passkey-name = Name of the key
identity-passkey-name-hint = To tell keys apart, such as: computer in the office.
identity-passkey-add = Add a passkey
identity-passkey-added = The passkey has been added.
identity-passkey-remove = Remove a passkey
identity-passkey-removed = The passkey has been removed.
identity-passkey-use = Use a passkey
identity-passkey-failed = The browser could not use a passkey, or you cancelled. Try again.
identity-by-passkey = Passkey

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
identity-act-accounts-delegate = Role delegated
identity-act-accounts-end-delegation = Delegation ended
identity-act-accounts-create-token = API token made
identity-act-accounts-revoke-token = API token revoked
identity-act-access-open-review = Access review begun
identity-act-access-decide = Decided in an access review
identity-act-access-close-review = Access review closed
identity-act-accounts-invite = Person invited
identity-act-accounts-accept-invitation = Invitation accepted
identity-act-accounts-add-passkey = Passkey added
identity-act-accounts-remove-passkey = Passkey removed
identity-act-session-open = Signed in
identity-act-accounts-add-factor = Second factor set up
identity-act-accounts-remove-factor = Second factor removed
identity-act-accounts-new-recovery-codes = New recovery codes made
identity-act-accounts-forget-factors = All authenticator apps removed, their key being lost
identity-act-session-code-refused = Wrong code at sign-in
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
identity-act-events-sql = Asked the events in SQL
identity-act-rules-import = Rule pack imported
identity-act-rules-discard = Rule pack discarded
identity-act-rules-activate = Rule pack switched on
identity-act-rules-undo = Rule pack undone
identity-act-rules-prove = Rules put to the test
identity-act-rules-retro = Hunted through the past with a rule
identity-act-rules-switch = Rule switched on or off
identity-act-rules-tune = Filter of a rule changed
identity-act-searches-keep = Search saved
identity-act-searches-remove = Saved search removed
identity-act-searches-share = Search shared
identity-act-sources-adopt = New sender taken on as a source
identity-act-units-add-entry = Entry added to a unit
identity-act-units-remove-entry = Entry removed from a unit
identity-act-units-record-event = Change of a unit recorded
identity-act-units-cancel-event = Recorded change of a unit cancelled

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
identity-error-factor-code-wrong = The code is not right. Check the clock of your phone and enter a new code.
identity-error-factor-offer-over = The page was open for more than 15 minutes. Scan the new QR code below.
identity-error-day-form = This is not a day.
identity-error-period-past = The last day has passed.
identity-error-period-backwards = The last day comes before the first.
identity-error-delegation-end-missing = Choose the last day.
identity-error-delegation-long = At most 90 days.
identity-error-delegation-nobody = There is no account with this sign-in name that could receive a role.
identity-error-delegation-not-own = You do not hold this role, or it was delegated to you.
identity-error-delegation-beyond-own = Your own role ends before that day.
identity-error-token-name = Give the token a name of at most 60 characters.
identity-error-token-action = A token cannot be for this.
identity-error-token-not-yours = You do not have this right, so a token cannot have it of you.
identity-error-token-unit-not-yours = This unit is beyond your reach for one of the rights chosen.
identity-error-token-no-action = Choose at least one right.
identity-error-token-end-missing = Choose the last day.
identity-error-token-long = A token holds for a year at most.
identity-error-review-name = Give the review a name.
identity-error-review-due-missing = Choose the day it is due.
identity-error-review-why-missing = Taking a role away needs a reason.
identity-error-invite-email = An invitation needs a mail address.
identity-error-passkey-name = Give the key a name of at most 60 characters.
identity-error-passkey-over = The page was open for more than 5 minutes. Try again.
identity-error-passkey-refused = The passkey was not accepted. Open the page under the console's own address and try again.
identity-keys = Keys

# Providers of sign-ins (OpenID Connect)
identity-sign-in-or = Or sign in through:
identity-by-provider = Provider of sign-ins
identity-by-provider-strong = Provider, two factors
identity-providers = Providers of sign-ins
identity-providers-lead = Other systems (OpenID Connect) through which people can sign in, such as the province's single sign-on. Signing in by password always works, also while a provider is down.
identity-providers-none = No provider yet
identity-providers-none-hint = Everybody signs in by name and password.
identity-provider = Provider
identity-provider-new = Add a provider
identity-provider-new-lead = Register Mangrove at the provider first, then enter here what it gave you.
identity-provider-name = Text of the button
identity-provider-name-hint = Such as: Single sign-on of the province
identity-provider-issuer = Address of the provider (issuer)
identity-provider-issuer-hint = Begins with https://, character by character as the provider says it.
identity-provider-changed = Last changed
identity-provider-on = In use
identity-provider-off = Stopped
identity-provider-client = Client ID
identity-provider-secret = Client secret
identity-provider-secret-hint = Sealed before it is kept. Leave it empty if the provider gave none.
identity-provider-secret-kept = There is one. Leave it empty to keep it; with another address of the provider it is entered anew.
identity-provider-no-secret = Remove the stored secret
identity-provider-scopes = Scopes
identity-provider-claim = Claim that names the account
identity-provider-claim-hint = Best left at sub, which never changes and is never given to somebody else. Of email only addresses the provider has verified are accepted.
identity-provider-words = Values of amr or acr that count as a second factor
identity-provider-words-hint = With blanks between, such as: mfa otp hwk. Empty: who has a second factor here is asked for it.
identity-provider-creates = Make an account at the first sign-in
identity-provider-creates-hint = It has no role and sees nothing until one is given.
identity-provider-active = Show the button on the page of the sign-in
identity-provider-save = Save
identity-provider-made = The provider is added. Try it before you tell people.
identity-provider-saved = Saved.
identity-provider-removed = The provider is removed.
identity-provider-settings = Settings
identity-provider-redirect = Register this redirect URI at the provider:
identity-provider-try = Try it
identity-provider-try-hint = Ask the provider for its documents, then sign in there with your own account to see what it says. Trying changes no session and no link.
identity-provider-ask = Try the connection
identity-provider-try-sign-in = Try a sign-in
identity-provider-answers = The provider answers in full.
identity-provider-lacks = The provider answers, but something is missing:
identity-provider-wants-secret = The provider wants a client secret, and none is set here.
identity-provider-no-keys = There is no public key that signatures could be checked with.
identity-provider-at-sign-in = People sign in at
identity-provider-at-tokens = Tokens come from
identity-provider-signatures = Signatures
identity-provider-keys = { $n } keys
identity-provider-remove = Remove the provider
identity-provider-remove-ask = Remove this provider and every link with accounts there?
identity-provider-remove-hint = Its links go too; people sign in by password.
identity-links = Linked sign-ins
identity-links-lead = Accounts of yours at other systems that let you sign in here. A link is only ever made on purpose, by you or by an administrator.
identity-links-yours = Present links
identity-links-none = There is no link yet.
identity-link-new = Add a link
identity-link-make = Link
identity-link-made = Linked.
identity-link-removed = The link is removed.
identity-link-remove = Remove a link
identity-link-subject = Account at the provider
identity-link-subject-hint = The exact value of the naming claim, as the audit trail has it when the person was turned away.
identity-outside-done = Confirmed
identity-outside-going-on = Going on…
identity-outside-go-on = Go on
identity-outside-back = Back
identity-outside-by-password = Sign in by password
identity-outside-leaving = Going on to the provider
identity-outside-leaving-lead = Sign in there with your own account. You are then brought back here.
identity-outside-seen = What the provider says
identity-outside-seen-lead = Of the account you just used. Nothing was kept or changed.
identity-outside-refused = The sign-in through the provider did not work
identity-outside-gone = This sign-in was not begun in this browser, or more than 10 minutes ago. Begin again.
identity-outside-again = This answer was used before. Begin again.
identity-outside-full = Too many sign-ins are waiting. Try again in a few minutes, or sign in by password.
identity-outside-denied = The provider did not confirm, or you cancelled.
identity-outside-not-linked = This account at the provider is linked with no account here. Sign in by password and link it under My account, or ask the administrator. Name of the account:
identity-outside-name = No account could be made: the sign-in name from the provider is missing, has another form, or is taken. Ask the administrator of the province.
identity-outside-locked = The account is locked. Ask the administrator of the province.
identity-outside-session = This was begun in another session. Begin again.
identity-outside-linked = One of both accounts is linked with another one. Remove that link first.
identity-outside-too-long = The provider's answer is longer than it may be.
identity-outside-too-slow = The provider did not answer in time. Try again, or sign in by password.
identity-outside-certificate = The provider's certificate is not trusted by this server.
identity-outside-away = The provider cannot be reached. Try again later, or sign in by password.
identity-outside-status = The provider answered with an error or a redirect. Try again later, or sign in by password.
identity-outside-form = The provider's answer cannot be read.
identity-outside-other-issuer = The provider's document names another address (issuer) than the one entered.
identity-outside-endpoint = The provider's document lacks an address, or has one that cannot be used.
identity-outside-unsupported = The provider does not support the way Mangrove signs in.
identity-outside-refused-there = The provider refused to give a token.
identity-outside-algorithm = The provider's token is signed in a way that is not accepted.
identity-outside-unknown-key = The token is signed with a key that the provider does not publish.
identity-outside-signature = The signature of the token is not right.
identity-outside-issuer = The answer comes from another provider.
identity-outside-audience = The token is for another program.
identity-outside-authorized-party = The token was asked for by another program.
identity-outside-expired = The token has expired. Begin again; if it comes again, the clocks of both servers should be compared.
identity-outside-not-yet = The token is not valid yet: the clocks of both servers differ. Tell the administrator.
identity-outside-nonce = The token belongs to another sign-in.
identity-outside-access-token = The tokens in the answer do not belong together.
identity-outside-subject = The provider did not say the claim that names the account, or the mail address is not verified.
identity-act-providers-create = Add a provider of sign-ins
identity-act-providers-change = Change a provider of sign-ins
identity-act-providers-remove = Remove a provider of sign-ins
identity-act-providers-try = Try a provider of sign-ins
identity-act-accounts-link = Link an account with a provider
identity-act-accounts-unlink = Remove a link with a provider
identity-act-session-provider-refused = Sign-in through a provider refused
identity-error-provider-name = Enter a name of at most 60 characters.
identity-error-provider-issuer = The address begins with https:// and has no ? and no #.
identity-error-provider-client = Enter the client ID: ASCII, at most 255 characters.
identity-error-provider-secret = The secret is longer than 1024 bytes or has control characters.
identity-error-provider-scopes = Scopes must include openid; ASCII, with blanks between.
identity-error-provider-claim = The name of a claim: ASCII without blanks, at most 64 characters.
identity-error-provider-words = At most 10 words in ASCII, with blanks between.
identity-error-provider-linked = Accounts are linked, so this cannot change; add a new provider instead.
identity-error-link-subject = Enter the name of the account at the provider, at most 255 characters.
identity-error-link-provider = There is no such provider.

# Notices about the own account
identity-notices = Notices about your account
identity-notices-lead = The ways to sign in to your account have changed since you last confirmed.
identity-notices-not-you = Was it not you? Change your password now, look at your sessions, and tell the administrator of the province.
identity-notices-seen = I know
identity-notices-none = No new notices
identity-notices-none-hint = When a way to sign in to your account changes, it is told here.
identity-notice-what = Change
identity-notice-app-added = An authenticator app was set up
identity-notice-factors-removed = The second factors were removed
identity-notice-passkey-added = A passkey was added
identity-notice-passkey-removed = A passkey was removed
identity-notice-password-reset = Somebody else has set a new password
identity-notice-recovery-used = A recovery code was used; codes left
identity-notice-link-added = Linked with a provider of sign-ins
identity-notice-link-removed = A link with a provider of sign-ins was removed
identity-notice-subject = Mangrove: a way to sign in to your account has changed
identity-notice-letter =
    Dear { $name },

    { $what }.

    Account: { $login }
    When: { $at }
    By: { $by }
    From: { $peer }

    If you neither did this nor asked for it, change your password at { $console }
    and tell the administrator of the province at once.
