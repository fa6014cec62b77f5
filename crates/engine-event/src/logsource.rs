//! Log source in the sense of the Sigma taxonomy.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Product, category and service of an event, as a Sigma rule's `logsource` asks for.
///
/// A rule applies when each attribute it names equals the event's. Sources that know
/// more than one attribute give all: Sysmon event 1 has product `windows`, service
/// `sysmon` and category `process_creation`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogSource {
    /// Such as `windows`, `linux`, `fortigate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Arc<str>>,
    /// Such as `process_creation`, `webserver`, `dns`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Arc<str>>,
    /// Such as `security`, `sysmon`, `sshd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Arc<str>>,
}

impl LogSource {
    /// From optional texts.
    #[must_use]
    pub fn new(product: Option<&str>, category: Option<&str>, service: Option<&str>) -> Self {
        Self { product: product.map(Arc::from), category: category.map(Arc::from), service: service.map(Arc::from) }
    }
}
