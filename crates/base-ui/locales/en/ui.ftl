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
ui-key-help = Show this list
ui-key-search = Go to the search field
ui-key-rows = Next row, previous row
ui-key-open = Open the selected row
ui-key-overview = Go to the overview
ui-key-alerts = Go to the alerts
ui-key-events = Go to the event search
ui-key-close = Close the dialog
ui-pager-label = Pages
ui-pager-range = { $first }–{ $last } of { $total }
ui-pager-previous = Previous
ui-pager-next = Next
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
