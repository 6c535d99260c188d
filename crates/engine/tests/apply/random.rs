//! Whatever is declared after whatever: it ends, nothing is in the way of anything, and then there is
//! nothing to do.

use std::sync::Arc;

use engine::{Options, Program, Selection};
use proptest::prelude::*;
use serde_json::json;

use crate::fake::{Builder, Kind, MADES, THINGS, World, plan_of, run, steps};
use crate::{attribute, watched};

/// One resource: whether it is there, what cannot change, what can, and which of the earlier ones it names.
#[derive(Clone, Debug)]
struct Part {
    at: usize,
    there: bool,
    fixed: u8,
    mode: u8,
    of: Option<prop::sample::Index>,
    needs: Option<prop::sample::Index>,
    first: bool,
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn kind(at: usize) -> &'static Kind {
    if at % 3 == 2 { &MADES } else { &THINGS }
}

/// Resources in any order, for who needs whom may turn round.
fn parts() -> impl Strategy<Value = Vec<Part>> {
    let order = Just((0..NAMES.len()).collect::<Vec<_>>()).prop_shuffle();
    let any_index = || prop::option::weighted(0.6, any::<prop::sample::Index>());
    let part = (prop::bool::weighted(0.8), 0..2_u8, 0..2_u8, any_index(), any_index(), any::<bool>());
    (order, prop::collection::vec(part, NAMES.len())).prop_map(|(order, parts)| {
        let named = order.into_iter().zip(parts);
        named
            .map(|(at, (there, fixed, mode, of, needs, first))| Part {
                at,
                there,
                fixed,
                mode,
                of,
                needs,
                first,
            })
            .collect()
    })
}

fn program(parts: &[Part]) -> Program {
    let mut program = Builder::new();
    for (i, part) in parts.iter().enumerate().filter(|(_, it)| it.there) {
        let name = NAMES[part.at];
        let mut inputs = json!({
            "label": name, "fixed": part.fixed.to_string(), "part": { "mode": part.mode.to_string() }
        });
        let one = |index: &Option<prop::sample::Index>| {
            let other = &parts[index.filter(|_| i > 0)?.index(i)];
            other.there.then_some(other.at)
        };
        if let Some(of) = one(&part.of) {
            let made = of % 3 == 2;
            inputs["of"] = if made {
                attribute(&MADES, NAMES[of], "id")
            } else {
                json!(format!("things/{}", NAMES[of]))
            };
        }
        if let Some(needs) = one(&part.needs) {
            let path = if needs % 3 == 2 { "id" } else { "serial" };
            inputs["labels"] = json!({ "x": attribute(kind(needs), NAMES[needs], path) });
        }
        let options = Options { delete_before_replace: part.first, ..Options::default() };
        program.add(kind(part.at), name, inputs, options);
    }
    program.0
}

async fn check(programs: &[Program], strict: bool) -> Result<(), TestCaseError> {
    let world = Arc::new(World::default());
    *world.strict.lock().unwrap() = strict;
    for program in programs {
        let (outcome, told) = watched(&world, program, 4).await;
        prop_assert!(outcome.is_success(), "{:?}\n{:#?}", outcome, told);
        let rest = steps(&plan_of(&world, program, &Selection::default()).await);
        prop_assert_eq!(rest, Vec::<String>::new());
        prop_assert_eq!(world.things.lock().unwrap().len(), program.nodes.len());
    }
    prop_assert!(run(&world, &Program::new("p", "s")).await.is_success());
    prop_assert!(world.things.lock().unwrap().is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_declaration_after_another(one in parts(), two in parts(), three in parts()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(&[program(&one), program(&two), program(&three)], false))?;
    }

    #[test]
    fn nothing_goes_while_it_is_used(mut of in parts(), mut two in parts(), mut three in parts()) {
        // Who needs whom stays as it is, and so what is used can always be let go of first.
        let links: Vec<_> = of.iter().map(|it| (it.at, it.of, it.needs)).collect();
        for parts in [&mut of, &mut two, &mut three] {
            for (part, (at, of, needs)) in parts.iter_mut().zip(&links) {
                // What needs both could have to wait for the one to let go of the other.
                (part.at, part.of, part.needs) = (*at, *of, needs.filter(|_| of.is_none()));
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(&[program(&of), program(&two), program(&three)], true))?;
    }
}
