/// The 97.5th percentile of Student's t distribution.
pub(super) fn student_t(freedom: usize) -> f64 {
    const UP_TO_12: [f64; 12] =
        [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179];
    match freedom.checked_sub(1).and_then(|index| UP_TO_12.get(index)) {
        Some(quantile) => *quantile,
        // Within 0.2 % from 13 on.
        None => 1.96 + 2.5 / freedom as f64,
    }
}
