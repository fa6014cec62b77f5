//! Pictures of pages, at the widths and in the colour schemes people use.

use super::Browser;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Widths at which each page is looked at: a desk, a tablet, a telephone; CSS pixels.
const WIDTHS: [u32; 3] = [1440, 768, 360];

/// Tallest picture; a longer page is cut, CSS pixels.
const MAX_HEIGHT: u32 = 2400;

/// Pages whose pictures are kept in the repository, for the README; all others are only for looking.
const KEPT: [&str; 7] = ["sign-in", "overview", "alert", "search-query", "warning-answered", "inbox-warning", "plan"];

/// The colour scheme a person asked their system for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Browser {
    /// Sets the size of the visible part of the page, CSS pixels.
    ///
    /// # Panics
    /// When the browser is gone.
    pub fn size(&self, width: u32, height: u32) {
        // The window itself cannot be as narrow as a telephone, so the metrics are set instead.
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Sets the colour scheme.
    ///
    /// # Panics
    /// When the browser is gone.
    pub fn scheme(&self, scheme: Scheme) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme.name() });
        self.cdp("Emulation.setEmulatedMedia", &json!({ "features": [feature] }));
    }

    /// Whether something sticks out to the right, so that the page must be scrolled sideways.
    #[must_use]
    pub fn overflows(&self) -> bool {
        self.script("return document.documentElement.scrollWidth > window.innerWidth + 1", &[]).as_bool() == Some(true)
    }

    /// Takes `name` at every width in both schemes where `MANGROVE_SCREENSHOTS` asks for it: `1` puts
    /// the pages of the README as WebP files into docs/images, anything else is a folder for PNG files
    /// of every page. Ends light and wide.
    ///
    /// # Panics
    /// When a picture cannot be taken or written.
    pub fn shots(&self, name: &str) {
        let Some((folder, ending)) = target(name) else { return };
        std::fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("{} cannot be made: {e}", folder.display()));
        for scheme in [Scheme::Dark, Scheme::Light] {
            self.scheme(scheme);
            for width in WIDTHS.into_iter().rev() {
                self.size(width, 900);
                let file = folder.join(format!("{name}-{width}-{}.{ending}", scheme.name()));
                let picture = self.picture(width, ending);
                std::fs::write(&file, picture).unwrap_or_else(|e| panic!("{} cannot be written: {e}", file.display()));
            }
        }
        self.size(1440, 900);
    }

    fn picture(&self, width: u32, format: &str) -> Vec<u8> {
        let height = self.script("return Math.ceil(document.documentElement.scrollHeight)", &[]);
        let height = height.as_u64().and_then(|h| u32::try_from(h).ok()).unwrap_or(900).clamp(900, MAX_HEIGHT);
        // As tall a window as the picture, so that what sticks to its edges is where it belongs.
        self.size(width, height);
        let mut params = json!({
            "format": format,
            "captureBeyondViewport": true,
            "clip": { "x": 0, "y": 0, "width": width, "height": height, "scale": 1 },
        });
        if format == "webp" {
            params["quality"] = json!(80);
        }
        let answer = self.cdp("Page.captureScreenshot", &params);
        let data = answer["data"].as_str().unwrap_or_default();
        STANDARD.decode(data).unwrap_or_else(|e| panic!("the picture is not base64: {e}"))
    }
}

fn target(name: &str) -> Option<(PathBuf, &'static str)> {
    match std::env::var("MANGROVE_SCREENSHOTS").ok().filter(|v| !v.is_empty())?.as_str() {
        "1" if !KEPT.contains(&name) => None,
        "1" => Some((Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images"), "webp")),
        folder => Some((PathBuf::from(folder), "png")),
    }
}
