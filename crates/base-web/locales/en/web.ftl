# Error pages and preferences.
web-province = Whole province
web-error-home = To the start page
web-error-request = Request: { $id }
web-error-title-not-found = Not found
web-error-text-not-found = This page or item does not exist, has been removed, or is outside what you may see.
web-error-title-forbidden = Not allowed
web-error-text-forbidden = Your present roles do not allow this. If you need it, ask the administrator.
web-error-title-unauthenticated = Not signed in
web-error-text-unauthenticated = Your session has ended. Sign in again.
web-error-title-conflict = The data has changed
web-error-text-conflict = Somebody else has just changed this item, or its state no longer allows this. Reload the page and try again.
web-error-title-invalid = Something is not right
web-error-text-invalid = Some of what was sent is not right. Go back, mend it and send it again.
web-error-title-busy = Busy
web-error-text-busy = Too many requests at once. Try again in a few minutes.
web-error-title-unavailable = Unavailable at the moment
web-error-text-unavailable = A part of the system does not answer. Try again; if it goes on, tell the administrator the request number below.
web-error-title-bug = An error in the program
web-error-text-bug = Your request was not carried out. The error has been logged; when you report it, add the request number below.
# The quick search.
web-find-pages = Pages
# Notices: what stands in braces belongs to each notice.
web-notice-alert-critical = New critical alert: { $title } — { $entity }
web-notice-alert-taken = { $who } has set an alert of yours to “{ $state }”: { $title }
web-notice-warning-issued = Warning { $code } to { $unit }: { $subject }
web-notice-warning-answered = { $unit } has acknowledged warning { $code }: { $subject }
web-notice-warning-due = An answer to warning { $code } is due soon ({ $unit }): { $subject }
web-notice-warning-overdue = An answer to warning { $code } is overdue ({ $unit }): { $subject }
web-notice-source-silent = The source “{ $name }” has fallen silent
web-notice-review-opened = { $who } has opened the access review “{ $name }”, due { $due }
web-notice-factor-removed = Your second factor was removed by { $who }: { $why }
web-notice-grant-given = { $who } has given you a right
web-notice-grant-taken = { $who } has taken a right from you
web-notice-health-warning = The system needs attention: { $what }
web-notice-health-fault = The system has a fault: { $what }
