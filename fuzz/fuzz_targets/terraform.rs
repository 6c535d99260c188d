//! Plans and states of Terraform's: any bytes, up to the bill of each resource.
#![no_main]

use std::collections::BTreeMap;

use engine::Usage;
use gcp::bill::derive;
use gcp::terraform::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(input) = read(bytes) else { return };
    for resources in [Some(&input.planned), input.past.as_ref()].into_iter().flatten() {
        let used = derive(resources, &BTreeMap::new());
        let none = Usage::default();
        for item in resources.items() {
            let bill = resources.bill(item, used.get(&item.address).unwrap_or(&none), &input.region);
            assert!(bill.is_some(), "{}", item.address);
        }
    }
});
