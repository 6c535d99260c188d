//! How much CPU and memory a type of machine has.

use rust_decimal::Decimal;

/// What one worker has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    /// vCPUs.
    pub cpus: Decimal,
    /// GiB.
    pub memory: Decimal,
}

/// A machine by its type: `n1-standard-2`, `e2-medium`, `n2-custom-4-16384`; `None` of what is not known here.
pub(super) fn machine(name: &str) -> Option<Machine> {
    let of = |cpus: u32, memory: Decimal| Some(Machine { cpus: cpus.into(), memory });
    match name {
        "e2-micro" => return of(2, Decimal::from(1)),
        "e2-small" => return of(2, Decimal::from(2)),
        "e2-medium" => return of(2, Decimal::from(4)),
        _ => {}
    }
    if let Some((_, custom)) = name.split_once("custom-") {
        let mut parts = custom.split('-');
        let cpus = parts.next()?.parse::<u32>().ok()?;
        let mebibytes = parts.next()?.parse::<u32>().ok()?;
        return of(cpus, Decimal::from(mebibytes) / Decimal::from(1024));
    }
    let mut parts = name.split('-');
    let (family, shape, cpus) = (parts.next()?, parts.next()?, parts.next()?.parse::<u32>().ok()?);
    let each = match (family, shape) {
        ("n1", "standard") => Decimal::new(375, 2),
        ("n1", "highmem") => Decimal::new(65, 1),
        ("n1", "highcpu") => Decimal::new(9, 1),
        ("n2" | "n2d" | "n4" | "e2" | "c2" | "c2d" | "c3" | "c3d" | "c4" | "t2d" | "t2a", "standard") => {
            Decimal::from(4)
        }
        ("n2" | "n2d" | "n4" | "e2" | "c2d" | "c3" | "c3d", "highmem") => Decimal::from(8),
        ("n2" | "n2d" | "e2", "highcpu") => Decimal::from(1),
        ("n4" | "c2d" | "c3" | "c3d" | "c4", "highcpu") => Decimal::from(2),
        _ => return None,
    };
    of(cpus, each * Decimal::from(cpus))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_known_by_their_types() {
        let read = |name| machine(name).map(|it| (it.cpus.to_string(), it.memory.normalize().to_string()));
        let some = |cpus: &str, memory: &str| Some((cpus.to_owned(), memory.to_owned()));
        assert_eq!(read("n1-standard-4"), some("4", "15"));
        assert_eq!(read("n1-highmem-2"), some("2", "13"));
        assert_eq!(read("e2-standard-2"), some("2", "8"));
        assert_eq!(read("n2-custom-4-16384"), some("4", "16"));
        assert_eq!(read("e2-medium"), some("2", "4"));
        assert_eq!(read("a3-megagpu-8g"), None);
    }
}
