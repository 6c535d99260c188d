//! How much CPU and memory containers have, and what their prices are called.

use engine::{Sku, is_unknown};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::bill::quantity::{GIB, kubernetes};
use crate::bill::sku;

pub(super) const SERVICE: &str = "Cloud Run";
pub(super) const CPU_UNIT: &str = "vCPU.s";
pub(super) const GPU_UNIT: &str = "GPU.s";

/// What one instance has: all of its containers together, for all are paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// vCPUs.
    pub cpu: Decimal,
    /// GiB.
    pub memory: Decimal,
    pub gpus: Decimal,
    /// A limit that is no quantity, in words.
    pub wrong: Option<String>,
}

/// A limit of one container.
enum Limit {
    Unset,
    Known(Decimal),
    /// Known only after apply.
    Later,
    /// No quantity.
    Wrong(String),
}

/// One that says nothing of itself.
static PLAIN: [Value; 1] = [Value::Null];

/// The size of these containers together; each has one CPU and 512 MiB unless it says otherwise. There is at least
/// one, even while none is known. A limit that is known only after apply counts as nothing.
pub(super) fn size(from: Option<&Value>) -> Size {
    let known = from.and_then(Value::as_array).filter(|it| !it.is_empty());
    let containers = known.map_or(&PLAIN[..], Vec::as_slice);
    let mut size = Size { cpu: Decimal::ZERO, memory: Decimal::ZERO, gpus: Decimal::ZERO, wrong: None };
    let half = Decimal::from(GIB / 2);
    let mut memory = Decimal::ZERO;
    let is_unknown_list = containers.len() == 1 && known.is_none() && from.is_some_and(is_unknown);
    for container in containers {
        let unset = if is_unknown_list { Decimal::ZERO } else { Decimal::ONE };
        for (sum, name, usual) in [
            (&mut size.cpu, "cpu", unset),
            (&mut memory, "memory", unset * half),
            (&mut size.gpus, "nvidia.com/gpu", Decimal::ZERO),
        ] {
            *sum += match limit(container, name) {
                Limit::Unset => usual,
                Limit::Known(it) => it,
                Limit::Later => Decimal::ZERO,
                Limit::Wrong(text) => {
                    size.wrong = Some(format!("{text:?} is no quantity that a limit of {name} can be"));
                    usual
                }
            };
        }
    }
    size.memory = memory / Decimal::from(GIB);
    size
}

fn limit(container: &Value, name: &str) -> Limit {
    let mut at = container;
    for step in ["resources", "limits", name] {
        match at.get(step) {
            None | Some(Value::Null) => return Limit::Unset,
            Some(it) if is_unknown(it) => return Limit::Later,
            Some(it) => at = it,
        }
    }
    let text = match at {
        Value::String(it) => it.clone(),
        it => it.to_string(),
    };
    kubernetes(&text).map_or(Limit::Wrong(text), Limit::Known)
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
        let of = |cpu, memory, gpus| Size { cpu, memory, gpus, wrong: None };
        let expected = of(Decimal::new(35, 1), Decimal::new(175, 2), Decimal::ONE);
        assert_eq!(size(Some(&containers)), expected);
        let plain = of(Decimal::ONE, Decimal::new(5, 1), Decimal::ZERO);
        assert_eq!(size(Some(&json!([]))), plain);
        assert_eq!(size(None), plain);
        let nothing = of(Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        assert_eq!(size(Some(&engine::unknown())), nothing);
    }

    #[test]
    fn a_limit_that_is_not_known_is_never_the_default() {
        let containers = json!([
            { "resources": engine::unknown() },
            { "resources": { "limits": engine::unknown() } },
            { "resources": { "limits": { "cpu": engine::unknown(), "memory": "1Gi" } } },
        ]);
        let it = size(Some(&containers));
        assert_eq!((it.cpu, it.memory, it.wrong), (Decimal::ZERO, Decimal::ONE, None));
        let wrong = size(Some(&json!([{ "resources": { "limits": { "cpu": "lots" } } }])));
        assert_eq!(wrong.wrong.as_deref(), Some("\"lots\" is no quantity that a limit of cpu can be"));
    }
}
