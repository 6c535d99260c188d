use super::super::samples::{context, euros, items, sample};
use super::*;
use crate::breakdown;
use crate::{Options as How, PriceList, estimate};

#[test]
fn a_table() {
    insta::assert_snapshot!(write(&sample(), &context(), &Options::default()));
}

#[test]
fn all_columns_with_what_is_skipped_in_another_currency() {
    let options = Options { fields: Field::ALL.to_vec(), show_skipped: true, ..Options::default() };
    insta::assert_snapshot!(write(&euros(), &context(), &options));
}

#[test]
fn every_line_explains_itself() {
    let options = Options { explain: true, ..Options::default() };
    insta::assert_snapshot!(write(&sample(), &context(), &options));
}

#[test]
fn a_narrow_table_cuts_names_and_nothing_else() {
    let options = Options { width: Some(72), ..Options::default() };
    let text = write(&sample(), &context(), &options);
    let table = text.lines().filter(|it| it.contains('$') && !it.contains("depends"));
    assert!(table.clone().all(|it| it.chars().count() <= 72), "{text}");
    assert!(text.contains('…'), "{text}");
}

#[test]
fn colours_stand_around_words_and_do_not_move_columns() {
    let style =
        Style { bold: ("<b>", "</b>"), faint: ("<i>", "</i>"), bad: ("<r>", "</r>"), ..Style::default() };
    let plain = write(&sample(), &context(), &Options::default());
    let styled = write(&sample(), &context(), &Options { style, ..Options::default() });
    let mut bare = styled.clone();
    for tag in ["<b>", "</b>", "<i>", "</i>", "<r>", "</r>"] {
        bare = bare.replace(tag, "");
    }
    let trimmed = |it: &str| it.lines().map(|it| it.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(trimmed(&bare), trimmed(&plain));
    assert!(styled.contains("<r>no price is known"));
}

#[test]
fn fields_are_named_as_infracost_names_them() {
    assert_eq!(Field::parse("monthlyCost,price"), Ok(vec![Field::Price, Field::MonthlyCost]));
    assert_eq!(Field::parse("all").map(|it| it.len()), Ok(5));
    assert_eq!(Field::parse("cost"), Err(FieldError("cost".to_owned())));
}

#[test]
fn a_diff() {
    let mut before = items();
    before.remove(0);
    before[0].bill = Some(engine::Bill::Charges(Vec::new()));
    let before = breakdown::of(&estimate(before, PriceList::embedded(), &How::default()));
    let now = breakdown::of(&sample());
    let told = crate::diff::diff(&before, &now);
    insta::assert_snapshot!(write_diff(&told, &Currency::default(), &context(), &Options::default()));
    let same = crate::diff::diff(&now, &now);
    let text = write_diff(&same, &Currency::default(), &context(), &Options::default());
    assert!(text.contains("Nothing that costs has changed."), "{text}");
}
