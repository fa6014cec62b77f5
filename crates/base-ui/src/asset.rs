//! Static files, named by their content so that browsers may keep them for ever.

use std::sync::LazyLock;

/// A file the browser loads.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Name without hash, such as `mangrove.css`.
    pub name: &'static str,
    /// Media type.
    pub mime: &'static str,
    /// The content.
    pub bytes: &'static [u8],
}

/// Every file, each once.
pub const ASSETS: &[Asset] = &[
    Asset { name: "mangrove.css", mime: "text/css; charset=utf-8", bytes: include_bytes!("../static/mangrove.css") },
    Asset {
        name: "mangrove.js",
        mime: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../static/mangrove.js"),
    },
    Asset { name: "shell.js", mime: "text/javascript; charset=utf-8", bytes: include_bytes!("../static/shell.js") },
    Asset {
        name: "htmx.js",
        mime: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../static/vendor/htmx-2.0.11.min.js"),
    },
    // Only the pages of the search load it.
    Asset { name: "search.js", mime: "text/javascript; charset=utf-8", bytes: include_bytes!("../static/search.js") },
    Asset {
        name: "mangrove.svg",
        mime: "image/svg+xml; charset=utf-8",
        bytes: include_bytes!("../static/mangrove.svg"),
    },
];

/// Addresses in the order of [`ASSETS`].
static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
    ASSETS
        .iter()
        .map(|a| {
            let (stem, ending) = a.name.rsplit_once('.').unwrap_or((a.name, "bin"));
            format!("/static/{stem}.{:016x}.{ending}", fnv1a(a.bytes))
        })
        .collect()
});

/// Address of the asset `name`, with the hash of its content.
#[must_use]
pub fn path(name: &str) -> &'static str {
    ASSETS.iter().zip(PATHS.iter()).find(|(a, _)| a.name == name).map_or("/static/unknown", |(_, path)| path)
}

/// The asset at an address, if the hash in it is the present one.
#[must_use]
pub fn at(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().zip(PATHS.iter()).find(|(_, p)| *p == path).map(|(a, _)| a)
}

/// 64-bit FNV-1a: tells versions of our own files apart, nothing more.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_back_to_their_asset() {
        for asset in ASSETS {
            assert_eq!(at(path(asset.name)).unwrap().name, asset.name);
        }
        assert!(at("/static/mangrove.css").is_none());
    }

    #[test]
    fn nothing_asks_for_what_the_policy_forbids() {
        for name in ["mangrove.js", "shell.js"] {
            let js = std::str::from_utf8(at(path(name)).unwrap().bytes).unwrap();
            for word in ["eval(", "new Function", "innerHTML", "document.write", ".style."] {
                assert!(!js.contains(word), "{name} contains {word}");
            }
        }
        let css = std::str::from_utf8(ASSETS[0].bytes).unwrap();
        assert!(!css.contains("http://") && !css.contains("https://"), "the style sheet loads from elsewhere");
    }

    /// Ours; htmx is told what to leave out in the page's frame.
    #[test]
    fn own_scripts_keep_nothing_for_good_and_listen_to_no_other_window() {
        let own = ASSETS.iter().filter(|a| a.name.ends_with(".js") && a.name != "htmx.js");
        assert!(own.clone().count() > 1);
        for asset in own {
            let js = std::str::from_utf8(asset.bytes).unwrap();
            for word in ["eval(", "new Function", "document.write", "insertAdjacentHTML", "outerHTML", "__proto__"] {
                assert!(!js.contains(word), "{} contains {word}", asset.name);
            }
            for word in ["localStorage", "indexedDB", "document.cookie", "caches.open", "postMessage", "onmessage"] {
                assert!(!js.contains(word), "{} contains {word}", asset.name);
            }
            assert!(!js.contains("\"message\""), "{} listens to other windows", asset.name);
            // The quick search alone keeps something, for the tab and until sign-out: the places chosen last.
            assert!(asset.name == "shell.js" || !js.contains("sessionStorage"), "{}", asset.name);
        }
        let frame = include_str!("frame.rs");
        assert!(frame.contains("\"allowEval\":false") && frame.contains("\"historyCacheSize\":0"));
    }
}
