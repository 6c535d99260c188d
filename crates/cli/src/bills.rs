//! From resources to money: whose usage is how much, by which prices.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use cost::usage_file::{Target, Type, UsageFile};
use cost::{Estimate, Item, Options, PriceList};
use engine::{Bills, Monthly, Plan, Usage};
use gcp::bill::{self, Resources};
use gcp::terraform::{self, Unsupported};
use rust_decimal::Decimal;
use time::OffsetDateTime;

use crate::problem::Problem;

/// The prices that are known: those that a refresh has read, else those that are built in.
pub fn prices(project: &Path) -> Result<Cow<'static, PriceList>, Problem> {
    let path = cache(project);
    if !path.exists() {
        return Ok(Cow::Borrowed(PriceList::embedded()));
    }
    let list = PriceList::read(&path).map_err(|it| {
        Problem::of(&it, Some(format!("delete {}, or read it anew: stack cost refresh", path.display())))
    })?;
    Ok(Cow::Owned(list))
}

/// Where refreshed prices are kept.
pub fn cache(project: &Path) -> PathBuf {
    project.join(".stack").join("prices.csv")
}

/// How an estimate is made today.
pub fn options() -> Options {
    Options { today: Some(OffsetDateTime::now_utc().date()), ..Options::default() }
}

/// The file that Infracost looks for, too.
const USAGE: &str = "infracost-usage.yml";

/// How much is used, as a person says it.
pub struct UsageText {
    pub path: PathBuf,
    /// Empty where there is no file.
    pub text: String,
    /// Resources that the file may speak of besides those that are billed: those without a price, and those that
    /// there are no longer.
    pub others: Vec<Target>,
}

impl UsageText {
    /// The file that was asked for, which must be there unless it is to be written; else the usual one.
    pub fn find(asked: Option<&Path>, folder: &Path, is_written: bool) -> Result<UsageText, Problem> {
        let path = asked.map_or_else(|| folder.join(USAGE), Path::to_owned);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(UsageText { path, text, others: Vec::new() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && (asked.is_none() || is_written) => {
                Ok(UsageText { path, text: String::new(), others: Vec::new() })
            }
            Err(error) => {
                Err(Problem::new(format!("the usage file {} cannot be read: {error}", path.display()))
                    .hint("--sync-usage-file writes one"))
            }
        }
    }
}

/// What each resource is called in reports: `topic orders`; by its whole address where two are called so.
pub fn names(resources: &Resources) -> Vec<String> {
    let short = |it: &bill::Item| match it.terraform {
        Some(_) => it.address.clone(),
        None => format!("{} {}", it.priced.noun(), it.name),
    };
    let mut count: HashMap<String, usize> = HashMap::new();
    for item in resources.items() {
        *count.entry(short(item)).or_default() += 1;
    }
    let name = |it: &bill::Item| match short(it) {
        name if count.get(&name).is_some_and(|it| *it == 1) => name,
        _ => it.address.clone(),
    };
    resources.items().iter().map(name).collect()
}

/// Terraform's name of an item's type, by which usage files and reports go; ours where Terraform has none.
fn type_name(item: &bill::Item) -> &str {
    let usual = terraform::terraform_types(item.priced.token()).next();
    item.terraform.as_deref().or(usual).unwrap_or(item.priced.token())
}

/// The types that a usage file may speak of.
pub fn types() -> Vec<Type> {
    terraform::all()
        .map(|(priced, terraform)| {
            let names = terraform.into_iter().map(str::to_owned).chain([priced.token().to_owned()]);
            Type { names: names.collect(), keys: priced.usage().to_vec() }
        })
        .chain(terraform::free().map(|it| Type { names: vec![it.token().to_owned()], keys: Vec::new() }))
        .collect()
}

/// The resources that a usage file may speak of, in their order; what follows from others is not asked for.
pub fn targets(resources: &Resources, derived: &BTreeMap<String, Usage>) -> Vec<Target> {
    let names = names(resources);
    let target = |(item, name): (&bill::Item, String)| {
        let type_name = type_name(item);
        let mut addresses = vec![format!("{type_name}.{}", item.name), name, item.name.clone()];
        if item.terraform.is_some() {
            addresses = vec![item.address.clone()];
        }
        let readings = derived.get(&item.address).into_iter().flat_map(|it| &it.readings);
        let derived = readings.filter(|(_, it)| it.origin != engine::Origin::Given).map(|(key, _)| *key);
        Target { addresses, type_name: type_name.to_owned(), derived: derived.collect() }
    };
    resources.items().iter().zip(names).map(target).collect()
}

/// What each resource uses: what the file says, else what is `measured`, and what follows from both. And what is
/// odd about the file.
pub fn usage(
    resources: &Resources,
    from: &UsageText,
    measured: &BTreeMap<String, Usage>,
) -> Result<(BTreeMap<String, Usage>, Vec<String>), Problem> {
    let (types, targets) = (types(), targets(resources, &BTreeMap::new()));
    let name = from.path.display().to_string();
    let named: Vec<Target> = targets.iter().chain(&from.others).cloned().collect();
    let read = UsageFile::parse(&from.text, &name, &types, &named).map_err(|error| {
        let mut problem = Problem::new(format!("the usage file {name} is wrong"));
        problem.causes = error.problems.iter().map(ToString::to_string).collect();
        problem
    })?;
    let given = resources.items().iter().zip(&targets);
    let given = given.map(|(item, target)| (item.address.clone(), read.usage(target, &types)));
    let mut given: BTreeMap<String, Usage> = given.collect();
    for (address, measured) in measured {
        let usage = given.entry(address.clone()).or_default();
        for (key, reading) in &measured.readings {
            usage.readings.entry(key).or_insert_with(|| reading.clone());
        }
    }
    let warnings = read.warnings.iter().map(|it| format!("{name}: {it}")).collect();
    Ok((bill::derive(resources, &given), warnings))
}

/// What is there and what there will be, each with its estimate.
pub struct Estimates {
    pub past: (Resources, Estimate),
    pub planned: (Resources, Estimate),
}

impl Estimates {
    /// By the usage file and the prices of a project's folder.
    pub fn of(
        (past, planned): (Resources, Resources),
        folder: &Path,
        region: &str,
    ) -> Result<Estimates, Problem> {
        let text = UsageText::find(None, folder, false)?;
        let list = prices(folder)?;
        let estimated = |resources: Resources| {
            let (used, _) = usage(&resources, &text, &BTreeMap::new())?;
            let estimate = estimate(&resources, &used, region, &[], &list, &options());
            Ok::<_, Problem>((resources, estimate))
        };
        Ok(Estimates { past: estimated(past)?, planned: estimated(planned)? })
    }

    /// What a plan makes of the monthly bill.
    pub fn bills(&self, plan: &Plan) -> Bills {
        let (past, planned) = (&self.past, &self.planned);
        let total = Monthly { before: past.1.total.expected, after: planned.1.total.expected };
        let mut bills = Bills { total, by_usage: planned.1.summary.lines_by_usage, ..Bills::default() };
        let named = |it: &cost::Unpriced| format!("{}: {}", it.address, it.line);
        bills.unpriced = planned.1.summary.unpriced.iter().map(named).collect();
        bills.at_least = planned.1.summary.at_least.iter().map(cost::report::at_least).collect();
        let (before, after) = (costs(past), costs(planned));
        for step in &plan.steps {
            let address = step.urn.to_string();
            let of = |it: &BTreeMap<String, Decimal>| it.get(&address).copied();
            if of(&before).or(of(&after)).is_some() {
                let (before, after) = (of(&before).unwrap_or_default(), of(&after).unwrap_or_default());
                bills.steps.insert(step.urn.clone(), Monthly { before, after });
            }
        }
        bills
    }
}

/// What each resource costs a month. What has no price has no difference, either.
fn costs((resources, estimate): &(Resources, Estimate)) -> BTreeMap<String, Decimal> {
    let all = resources.items().iter().zip(&estimate.resources);
    let known = all.filter(|(_, it)| !it.is_unpriced());
    known.filter_map(|(item, it)| Some((item.address.clone(), it.cost()?.expected))).collect()
}

/// Resources that a usage file may speak of and that are not billed.
pub fn others(past: Option<&Resources>, unsupported: &[Unsupported]) -> Vec<Target> {
    let past = past.map(|it| targets(it, &BTreeMap::new())).unwrap_or_default();
    let unsupported = unsupported.iter().map(|it| Target {
        addresses: vec![it.address.clone()],
        type_name: it.terraform.clone(),
        derived: Vec::new(),
    });
    past.into_iter().chain(unsupported).collect()
}

/// Usage that somebody gave and that changes no line, a sentence each. What is given to all of a type is said only
/// where it changes nothing of any of them.
pub fn without_effect(resources: &Resources, usage: &BTreeMap<String, Usage>, region: &str) -> Vec<String> {
    let none = Usage::default();
    let mut followed: HashMap<(&str, &str), Vec<engine::Range>> = HashMap::new();
    let mut idle = Vec::new();
    for item in resources.items() {
        let used = usage.get(&item.address).unwrap_or(&none);
        let keys: Vec<&str> = match resources.bill(item, used, region) {
            Some(engine::Bill::Charges(charges)) => charges.into_iter().flat_map(|it| it.usage).collect(),
            Some(engine::Bill::Free(_)) | None => Vec::new(),
        };
        let given = used.readings.iter().filter(|(_, it)| it.origin == engine::Origin::Given);
        for (key, reading) in given {
            match keys.contains(key) {
                true => followed.entry((type_name(item), key)).or_default().push(reading.range),
                false => idle.push((item, *key, reading.range)),
            }
        }
    }
    let names: HashMap<&str, String> =
        resources.items().iter().map(|it| it.address.as_str()).zip(names(resources)).collect();
    let is_idle = |(item, key, range): &&(&bill::Item, &str, engine::Range)| {
        !followed.get(&(type_name(item), *key)).is_some_and(|it| it.contains(range))
    };
    let told = |(item, key, _): &(&bill::Item, &str, engine::Range)| {
        let name = names.get(item.address.as_str()).map_or(item.address.as_str(), String::as_str);
        format!("usage {key} of {name} changes no line of its bill")
    };
    idle.iter().filter(is_idle).map(told).collect()
}

/// What resources cost; `unsupported` are those that nobody knows the price of.
pub fn estimate(
    resources: &Resources,
    usage: &BTreeMap<String, Usage>,
    region: &str,
    unsupported: &[Unsupported],
    list: &PriceList,
    options: &Options,
) -> Estimate {
    let none = Usage::default();
    let known = resources.items().iter().zip(names(resources)).map(|(item, address)| {
        let usage = usage.get(&item.address).unwrap_or(&none);
        let type_name = type_name(item);
        Item {
            address,
            kind: item.priced.token().to_owned(),
            type_name: type_name.to_owned(),
            tags: tags(item),
            bill: resources.bill(item, usage, region),
            usage: usage.clone(),
            secrets: resources.secrets(item),
            unknown: format!("no price of {type_name} is known here"),
        }
    });
    let unknown = unsupported.iter().map(|it| Item {
        address: it.address.clone(),
        type_name: it.terraform.clone(),
        unknown: it.why.clone(),
        ..Item::default()
    });
    cost::estimate(known.chain(unknown), list, options)
}

fn tags(item: &bill::Item) -> BTreeMap<String, String> {
    let labels = item.inputs.get("labels").and_then(|it| it.as_object());
    let known =
        |(name, value): (&String, &serde_json::Value)| Some((name.clone(), value.as_str()?.to_owned()));
    labels.into_iter().flatten().filter_map(known).collect()
}
