# The page frame and the shared components.
ui-product = Mangrove
ui-tagline = Security watch
ui-foot = Mangrove — information security for a province
ui-skip = Skip to content
ui-menu = Open the menu
ui-nav-label = Main navigation
ui-nav-watch = Watch
ui-nav-respond = Respond
ui-nav-govern = Govern
ui-nav-manage = Administration
ui-language = Language
ui-theme = Theme
ui-theme-auto = As the device
ui-theme-light = Light
ui-theme-dark = Dark
ui-sign-out = Sign out
ui-copy = Copy
ui-copied = Copied
ui-close = Close
ui-live-on = Live
ui-live-lost = Connection lost, trying again…
ui-keys = Keyboard
ui-keys-off = Single keys are turned off; Ctrl+K still works.
ui-keys-everywhere = On every page
ui-keys-pages = Open a page
ui-keys-here = On this page
ui-keys-choose = Turn keys on or off
ui-key-help = Show this list
ui-key-search = Go to the page's search field, or open the quick search
ui-key-filter = Go to the filter of the list
ui-key-next = Next row
ui-key-previous = Previous row
ui-key-palette = Open the quick search
ui-key-open = Open the selected row
ui-key-close = Close the dialog
ui-palette = Quick search
ui-palette-open = Quick search…
ui-palette-example = Pages, units, alerts, machines, people, rules…
ui-palette-results = Results of the quick search
ui-palette-recent = Opened lately
ui-palette-none = Nothing fits. Try fewer words; accents are not needed.
ui-palette-found = # results
ui-palette-choose = choose
ui-palette-go = open
ui-crumbs = Where this page is
ui-bell = { $n ->
    [0] Notices: nothing unread
   *[other] Notices: { $n } unread
 }
ui-pager-label = Pages
ui-pager-range = { $first }–{ $last } of { $total }
ui-pager-previous = Previous
ui-pager-next = Next
ui-list-total = { $n ->
    [one] 1 row
   *[other] { $n } rows
 }
ui-list-columns = Columns
ui-list-columns-keep = Apply
ui-list-columns-reset = As it comes
ui-confirm-yes = Do it
ui-confirm-no = No, go back
ui-session-ended = Your session has ended
ui-session-ended-text = What you typed is still here. Sign in in a new tab, then come back and send it again.
ui-session-sign-in = Sign in in a new tab
ui-filter-apply = Filter
ui-filter-clear = Clear
ui-form-errors = { $n ->
    [one] One thing has to be mended before this can be saved:
   *[other] { $n } things have to be mended before this can be saved:
 }
ui-severity-critical = Critical
ui-severity-high = High
ui-severity-medium = Medium
ui-severity-low = Low
ui-severity-informational = Information
