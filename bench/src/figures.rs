//! Numbers: the middle one of several, and how they are written.

/// The middle one; of an even number, the mean of the two in the middle.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => f64::NAN,
        even if even % 2 == 0 => f64::midpoint(numbers[middle - 1], numbers[middle]),
        _ => numbers[middle],
    }
}

/// The median of one figure of each.
pub(crate) fn median_of<T>(all: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    median(all.iter().map(figure).collect())
}

/// A whole number with its thousands apart.
pub(crate) fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut apart = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_round_does_not_move_the_median() {
        assert_eq!(median(vec![3.0, 1.0, 900.0, 2.0, 2.5]), 2.5);
        assert_eq!(median(vec![2.0, 1.0]), 1.5);
        assert!(median(vec![]).is_nan());
    }

    #[test]
    fn thousands_stand_apart() {
        let written = [0.4, 999.0, 1000.0, 1_234_567.0].map(whole);
        assert_eq!(written, ["0", "999", "1,000", "1,234,567"]);
    }
}
