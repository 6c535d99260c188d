//! The name that was most likely meant by one that does not exist.

/// The name most like another, if one is near: at most a third of its letters differ.
pub fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<String> {
    let best = among.map(|it| (distance(name, it), it)).min()?;
    (best.0 <= name.len().max(3) / 3).then(|| best.1.to_owned())
}

/// How many letters to change, add, drop or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        let among = ["label", "labels", "location"];
        let check = |name: &str, want: Option<&str>| {
            assert_eq!(nearest(name, among.into_iter()).as_deref(), want, "{name}");
        };
        check("lable", Some("label"));
        check("label", Some("label"));
        check("lables", Some("labels"));
        check("locaton", Some("location"));
        check("image", None);
        check("", None);
    }
}
