//! Which types stand for which others, and the type that holds values of several.

use crate::types::Type;

/// How an expression was written, which decides what it may turn into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    No,
    /// A constant that is written out, or a parameter.
    Yes,
    /// `NULL`, or `[]`, which have no type of their own.
    Untyped,
}

pub fn is_number(kind: &Type) -> bool {
    rank(kind).is_some()
}

fn rank(kind: &Type) -> Option<u32> {
    Some(match kind {
        Type::Int64 => 0,
        Type::Numeric => 1,
        Type::BigNumeric => 2,
        Type::Float64 => 3,
        _ => return None,
    })
}

/// What it costs to take a value for one of another type; `None` if it cannot be.
pub fn cost(from: &Type, literal: Literal, to: &Type) -> Option<u32> {
    if from.same(to) {
        return Some(0);
    }
    if literal == Literal::Untyped {
        return match (from, to) {
            (Type::Array(_), Type::Array(_)) => Some(1),
            (Type::Array(_), _) => None,
            (_, _) => Some(1),
        };
    }
    if let (Some(a), Some(b)) = (rank(from), rank(to)) {
        // From an integer a float is the nearest, then the decimals.
        let up = (a < b).then(|| match (a, b) {
            (0, 3) => 1,
            (0, b) => b + 1,
            (a, b) => b - a,
        });
        return match literal {
            // A float that is written out is whatever number is wanted.
            Literal::Yes if a == 3 && b > 0 => Some(1),
            Literal::Yes => up,
            _ => up.map(|it| it * 10),
        };
    }
    match (from, to) {
        (Type::Date, Type::Datetime) => Some(10),
        (Type::String, Type::Date | Type::Datetime | Type::Time | Type::Timestamp | Type::Interval)
            if literal == Literal::Yes =>
        {
            Some(2)
        }
        (Type::String, Type::Range(_)) if literal == Literal::Yes => Some(2),
        (Type::Array(a), Type::Array(b)) => match literal {
            Literal::Yes => cost(a, literal, b),
            _ => a.same(b).then_some(0),
        },
        (Type::Struct(a), Type::Struct(b)) if a.len() == b.len() => {
            a.iter().zip(b).map(|(a, b)| cost(&a.kind, literal, &b.kind)).sum()
        }
        _ => None,
    }
}

pub fn coercible(from: &Type, literal: Literal, to: &Type) -> bool {
    cost(from, literal, to).is_some()
}

/// The type that all of these can be taken for.
pub fn supertype(all: &[(&Type, Literal)]) -> Option<Type> {
    let typed = || all.iter().filter(|it| it.1 != Literal::Untyped);
    // Of literals only the type counts that nothing else decides.
    let firm: Vec<&(&Type, Literal)> = typed().filter(|it| it.1 == Literal::No).collect();
    let basis: Vec<&(&Type, Literal)> = if firm.is_empty() { typed().collect() } else { firm };
    let Some(first) = basis.first() else {
        // Nothing but NULL and [].
        return Some(
            all.iter().find(|it| matches!(it.0, Type::Array(_))).map_or(Type::Int64, |it| it.0.clone()),
        );
    };
    let mut out = first.0.clone();
    for (kind, literal) in basis.iter().skip(1) {
        out = pair(&out, kind, *literal)?;
    }
    for (kind, literal) in all.iter().filter(|it| it.1 == Literal::Yes) {
        if !coercible(kind, *literal, &out) {
            out = pair(&out, kind, *literal)?;
        }
    }
    all.iter().all(|(kind, literal)| coercible(kind, *literal, &out)).then_some(out)
}

fn pair(a: &Type, b: &Type, literal: Literal) -> Option<Type> {
    if a.same(b) {
        return Some(a.clone());
    }
    if let (Some(x), Some(y)) = (rank(a), rank(b)) {
        return Some(if x >= y { a.clone() } else { b.clone() });
    }
    match (a, b) {
        (Type::Date, Type::Datetime) | (Type::Datetime, Type::Date) => Some(Type::Datetime),
        (Type::String, Type::Date | Type::Datetime | Type::Time | Type::Timestamp)
            if literal == Literal::Yes =>
        {
            Some(b.clone())
        }
        (Type::Date | Type::Datetime | Type::Time | Type::Timestamp, Type::String)
            if literal == Literal::Yes =>
        {
            Some(a.clone())
        }
        (Type::Array(x), Type::Array(y)) if literal == Literal::Yes => {
            Some(Type::Array(Box::new(pair(x, y, literal)?)))
        }
        (Type::Struct(x), Type::Struct(y)) if x.len() == y.len() => {
            let mut fields = Vec::new();
            for (x, y) in x.iter().zip(y) {
                let mut field = x.clone();
                field.kind = pair(&x.kind, &y.kind, literal)?;
                if !x.name.eq_ignore_ascii_case(&y.name) && x.name.is_empty() {
                    field.name = y.name.clone();
                }
                fields.push(field);
            }
            Some(Type::Struct(fields))
        }
        (_, _) => None,
    }
}

/// Whether values can be grouped by it; the type's name if not.
pub fn groupable(kind: &Type) -> Result<(), &'static str> {
    match kind {
        Type::Json => Err("JSON"),
        Type::Geography => Err("GEOGRAPHY"),
        Type::Array(of) => groupable(of),
        Type::Struct(fields) => fields.iter().try_for_each(|it| groupable(&it.kind)),
        _ => Ok(()),
    }
}

pub fn orderable(kind: &Type) -> Result<(), &'static str> {
    match kind {
        Type::Json => Err("JSON"),
        Type::Geography => Err("GEOGRAPHY"),
        Type::Struct(_) => Err("STRUCT"),
        Type::Array(of) => orderable(of),
        _ => Ok(()),
    }
}

/// Whether two values of it can be told to be equal.
pub fn comparable(kind: &Type) -> bool {
    match kind {
        Type::Json | Type::Geography => false,
        Type::Array(of) => comparable(of),
        Type::Struct(fields) => fields.iter().all(|it| comparable(&it.kind)),
        _ => true,
    }
}
