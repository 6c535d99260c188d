//! How much CPU and memory containers have, and what their prices are called.

use engine::Sku;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::bill::quantity::{GIB, kubernetes};
use crate::bill::sku;

pub(super) const SERVICE: &str = "Cloud Run";

/// What one instance has: all of its containers together, for all are paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// vCPUs.
    pub cpu: Decimal,
    /// GiB.
    pub memory: Decimal,
    pub gpus: Decimal,
}

/// One that says nothing of itself.
static PLAIN: [Value; 1] = [Value::Null];

/// The size of these containers together; each has one CPU and 512 MiB unless it says so. There is at least one,
/// even while none is known.
pub(super) fn size(containers: Option<&Value>) -> Size {
    let known = containers.and_then(Value::as_array).filter(|it| !it.is_empty());
    let containers = known.map_or(&PLAIN[..], Vec::as_slice);
    let limit = |container: &Value, name: &str| {
        let limit = container.pointer("/resources/limits")?.get(name)?;
        match limit {
            Value::String(it) => kubernetes(it),
            Value::Number(it) => kubernetes(&it.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    };
    let mut size = Size { cpu: Decimal::ZERO, memory: Decimal::ZERO, gpus: Decimal::ZERO };
    for container in containers {
        size.cpu += limit(container, "cpu").unwrap_or(Decimal::ONE);
        let memory = limit(container, "memory").map(|it| it / Decimal::from(GIB));
        size.memory += memory.unwrap_or(Decimal::new(5, 1));
        size.gpus += limit(container, "nvidia.com/gpu").unwrap_or_default();
    }
    size
}

/// A price whose name ends in the region.
pub(super) fn in_region(what: &str, region: &str) -> Sku {
    sku(SERVICE, format!("{what} in {region}"), region)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_container_counts() {
        let containers = json!([
            {},
            { "resources": { "limits": { "cpu": "500m", "memory": "256Mi" } } },
            { "resources": { "limits": { "cpu": 2, "memory": "1Gi", "nvidia.com/gpu": "1" } } },
        ]);
        let expected = Size { cpu: Decimal::new(35, 1), memory: Decimal::new(175, 2), gpus: Decimal::ONE };
        assert_eq!(size(Some(&containers)), expected);
        let plain = Size { cpu: Decimal::ONE, memory: Decimal::new(5, 1), gpus: Decimal::ZERO };
        for none in [json!([]), engine::unknown()] {
            assert_eq!(size(Some(&none)), plain);
        }
        assert_eq!(size(None), plain);
    }
}
