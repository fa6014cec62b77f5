//! The accessibility check: axe-core runs inside the page and says what it finds.

use super::Browser;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Rules of WCAG 2.2 level A and AA, and what axe-core calls best practice.
const RUN: &str = "const done = arguments[arguments.length - 1];
axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(r => done(r.violations.map(v => v.id + ' (' + v.impact + '): ' + v.help + '\\n' +
    v.nodes.slice(0, 5).map(n => '    ' + n.target.join(' ') + ' · ' + n.html.slice(0, 160) + '\\n      ' +
      (n.failureSummary || '').replaceAll('\\n', ' ')).join('\\n'))))
  .catch(e => done(['axe itself failed: ' + e]));";

impl Browser {
    /// What axe-core finds wrong on the page, one text per rule; `None`, having said so, where axe-core is absent.
    ///
    /// # Panics
    /// When axe-core does not run, and under `CI=true` when it is absent.
    #[must_use]
    pub fn accessibility(&self) -> Option<Vec<String>> {
        let Some(path) = axe_file() else {
            crate::skip("axe-core not found (cargo xtask test --only tools installs it)");
            return None;
        };
        let source =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{} cannot be read: {e}", path.display()));
        self.script(&source, &[]);
        let found = self.script_async(RUN, &[]);
        Some(found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
    }
}

/// `axe.min.js`: where `MANGROVE_AXE` says, or where `cargo xtask test` put it in the target folder.
fn axe_file() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("MANGROVE_AXE") {
        return Some(PathBuf::from(path)).filter(|p| p.is_file());
    }
    // A test binary lies in <target>/<profile>/deps.
    let own = std::env::current_exe().ok()?;
    let folders = own.ancestors().map(Path::to_path_buf);
    folders.map(|f| f.join("browser-tests/node_modules/axe-core/axe.min.js")).find(|f| f.is_file())
}
