//! Icons: our own line drawings on a 20 × 20 grid, in the colour of the text.

use maud::{Markup, PreEscaped, html};

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $paths:literal),+ $(,)?) => {
        /// A sign beside a word. Never alone: the word or an `aria-label` says what it means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Icon { $($(#[$doc])* $name),+ }

        impl Icon {
            /// Every icon, for the gallery.
            pub const ALL: &'static [Icon] = &[$(Icon::$name),+];

            const fn paths(self) -> &'static str {
                match self { $(Icon::$name => $paths),+ }
            }
        }
    };
}

icons! {
    /// Overview: a gauge.
    Gauge = "M3 13a7 7 0 1 1 14 0M10 13l3.5-4.5M3 16.5h14",
    /// Alerts: a bell.
    Bell = "M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3",
    /// Search.
    Search = "M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M13 13l4 4",
    /// Sources: streams that flow together.
    Streams = "M3 4h3.5c3 0 3 6 6 6H17M3 16h3.5c3 0 3-6 6-6M3 10h9M14.5 7.5 17 10l-2.5 2.5",
    /// Upload.
    Upload = "M10 13V4M6.5 7.5 10 4l3.5 3.5M3.5 13v3.5h13V13",
    /// Download.
    Download = "M10 4v9M6.5 9.5 10 13l3.5-3.5M3.5 13v3.5h13V13",
    /// Warnings to units: a megaphone.
    Megaphone = "M3 8.5v3l9 3.5V5zM12 7.5h2a2.5 2.5 0 0 1 0 5h-2M5.5 12.5l1 4h2l-.8-3.2",
    /// Inbox.
    Inbox = "M3.5 4h13v12h-13zM3.5 11H7l1 2h4l1-2h3.5",
    /// Plan: a clipboard with marks.
    Plan = "M5 4h10v13H5zM8 2.5h4V5H8zM7.5 9h5M7.5 12h5",
    /// Units: a public building.
    Building = "M3 8l7-4.5L17 8zM4.5 8v7M8 8v7M12 8v7M15.5 8v7M3 16.5h14",
    /// Systems: stacked servers.
    Server = "M3.5 4h13v5h-13zM3.5 11h13v5h-13zM6 6.5h.01M6 13.5h.01M9 6.5h4M9 13.5h4",
    /// A machine.
    Machine = "M3 4h14v9H3zM7.5 16.5h5M10 13v3.5",
    /// People.
    People = "M7.5 9a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5M2.5 16.5c0-3 2-5 5-5s5 2 5 5M13 4a2.5 2.5 0 0 1 0 5M14.5 12c1.9.6 3 2.2 3 4.5",
    /// One person.
    Person = "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4 17c0-3.3 2.5-5.5 6-5.5s6 2.2 6 5.5",
    /// Rules: a scale of lines.
    Rules = "M4 5h12M4 10h8M4 15h5M15 12.5v4M13 14.5h4",
    /// Audit trail: a chain.
    Chain = "M8.5 11.5l3-3M7 9 5 11a2.8 2.8 0 0 0 4 4l2-2M13 11l2-2a2.8 2.8 0 0 0-4-4L9 7",
    /// Language.
    Globe = "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M3 10h14M10 3c2 2 3 4.300 3 7s-1 5-3 7c-2-2-3-4.300-3-7s1-5 3-7",
    /// Light theme.
    Sun = "M10 6.500a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7M10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.300 4.300l1.100 1.100M14.600 14.600l1.100 1.100M15.700 4.300l-1.100 1.100M5.400 14.600l-1.100 1.100",
    /// Dark theme.
    Moon = "M16.500 11.800A7 7 0 0 1 8.200 3.500a7 7 0 1 0 8.300 8.300",
    /// Theme of the device.
    Contrast = "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M10 3v14M10 6.500l3.500 1M10 10h5M10 13.500l3.500-1",
    /// Menu.
    Menu = "M3 5.500h14M3 10h14M3 14.500h14",
    /// Close.
    Close = "M5 5l10 10M15 5 5 15",
    /// Done.
    Check = "M4 10.500 8 14.500 16 5.500",
    /// Attention.
    Alert = "M10 3 18 16.500H2zM10 8v4M10 14.200h.01",
    /// Information.
    Info = "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M10 9v4.500M10 6.500h.01",
    /// Help.
    Help = "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M7.800 8a2.200 2.200 0 1 1 3.400 1.900c-.8.5-1.200 1-1.200 1.900M10 14.200h.01",
    /// Copy.
    Copy = "M7 7h9.500v9.500H7zM13 7V3.500H3.500V13H7",
    /// Sign out.
    Leave = "M8 3.500H3.500v13H8M12 6.500 16 10l-4 3.500M16 10H7.500",
    /// Key, password.
    Key = "M7 13.500a3.500 3.500 0 1 1 2.500-6l7 0 0 2.500-2 0 0 2-2.500 0 0-2-2.500 0",
    /// Lock.
    Lock = "M5 9h10v8H5zM7 9V6.500a3 3 0 0 1 6 0V9M10 12v2",
    /// Shield.
    Shield = "M10 2.500 16.500 5v5c0 3.800-2.600 6.300-6.500 7.500C6.100 16.300 3.500 13.800 3.500 10V5z",
    /// Clock.
    Clock = "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M10 6v4.300l2.800 1.700",
    /// Nothing here: a leaf.
    Leaf = "M4 16C4 8 9 4 16.500 3.500 16.500 11 12.500 16 6 15.500M4 16c2-4 4.500-6.500 8-8.500M4 16l-1 1.500",
    /// Previous.
    Left = "M12 4.500 6.500 10l5.500 5.500",
    /// Next.
    Right = "M8 4.500 13.500 10 8 15.500",
    /// Rising order.
    Up = "M5 12.500 10 7l5 5.500",
    /// Falling order.
    Down = "M5 7.500 10 13l5-5.500",
    /// Add.
    Plus = "M10 4v12M4 10h12",
    /// Edit.
    Edit = "M4 16.500l.8-3.500L13.500 4.300l2.700 2.700L7.500 15.700zM12 6l2.500 2.500",
    /// Filter.
    Filter = "M3 4.500h14l-5.500 6.500v5l-3 1v-6z",
    /// File.
    File = "M5 3h7l3.500 3.500V17H5zM12 3v3.500h3.500",
    /// Settings: sliders.
    Settings = "M3 6h8M15 6h2M3 14h2M9 14h8M13 4.200v3.600M7 12.200v3.600",
    /// How the program fares: a pulse.
    Pulse = "M2.500 10H6l2.500-5.500 3.500 11 2.500-5.500h3",
    /// Columns of a table.
    Columns = "M3.500 4h13v12h-13zM8 4v12M12 4v12",
    /// Opens elsewhere.
    External = "M8 5H4.500v10.500H15V12M11 4h5v5M16 4l-7 7",
}

/// The drawing; hidden from screen readers.
#[must_use]
pub fn icon(icon: Icon) -> Markup {
    html! {
        svg class="icon" viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor"
            stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" {
            // Our own constant, no data in it.
            path d=(PreEscaped(icon.paths())) {}
        }
    }
}
