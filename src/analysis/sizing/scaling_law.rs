use crate::analysis::student::student_t;
use serde::Serialize;

/// Sizes from which on a scaling law is fitted. It has three parameters: with fewer sizes nothing would be left to tell how well it
/// fits. Gunther, "Guerrilla Capacity Planning" (2007), asks for at least six.
pub const SIZES_MIN: usize = 6;

/// How far beyond the largest size that was measured a prediction may go, as a multiple of it.
pub const EXTRAPOLATION_MAX: f64 = 1.5;

/// The Universal Scalability Law: `X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))`. `N` is the size of a deployment, `X` its
/// capacity. N. J. Gunther, "A General Theory of Computational Scalability Based on Rational Functions" (2008).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScalingLaw {
    /// Capacity of size 1.
    pub lambda: Estimate,
    /// Contention: the share of the work that is not done side by side.
    pub sigma: Estimate,
    /// Coherency: what each part costs each other part.
    pub kappa: Estimate,
    /// Share of the capacities' variance that the law explains, 0 to 1.
    pub explained: f64,
    /// The largest size that was measured.
    pub largest: f64,
}

/// A value with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The most likely value.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Why there is no scaling law.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoScalingLaw {
    /// Fewer than [`SIZES_MIN`] sizes that differ.
    #[error(
        "a scaling law needs {SIZES_MIN} sizes, these runs have {sizes}: three parameters fit fewer whatever they are"
    )]
    TooFewSizes {
        /// Sizes that differ.
        sizes: usize,
    },
    /// The sizes carry no number to compare them by.
    #[error("a scaling law needs the size of each run as a number: label the runs with vcpu=N, or nodes=N")]
    NoNumbers,
    /// What was measured does not tell the parameters.
    #[error(
        "the capacities do not follow the scaling law: {sizes} sizes were fitted, and no positive capacity of size 1 agrees with them"
    )]
    NoFit {
        /// Sizes that differ.
        sizes: usize,
    },
}

impl ScalingLaw {
    /// Fits the law to sizes and their capacities. `N / X(N)` is linear in `1 / lambda`, `sigma / lambda` and `kappa / lambda`, so this is
    /// linear regression; errors are taken to be a share of the capacity, the same at each size. The intervals are Student's, by the
    /// delta method.
    ///
    /// # Errors
    /// Too few sizes, or none of the law's curves fits.
    pub fn fit(points: &[(f64, f64)]) -> Result<Self, NoScalingLaw> {
        let mut sizes: Vec<f64> = points.iter().map(|(size, _)| *size).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        if sizes.len() < SIZES_MIN {
            return Err(NoScalingLaw::TooFewSizes { sizes: sizes.len() });
        }
        let no_fit = NoScalingLaw::NoFit { sizes: sizes.len() };
        // Each row is divided by N / X, which makes every relative error weigh the same.
        let rows: Vec<[f64; 3]> = points
            .iter()
            .map(|(size, capacity)| [1.0, size - 1.0, size * (size - 1.0)].map(|term| term * capacity / size))
            .collect();
        let Some(inverse) = inverse(gram(&rows)) else { return Err(no_fit) };
        let sums = [0, 1, 2].map(|column| rows.iter().map(|row| row[column]).sum::<f64>());
        let [a, b, c] = [0, 1, 2].map(|row| dot(inverse[row], sums));
        if !(a > 0.0 && a.is_finite() && b.is_finite() && c.is_finite()) {
            return Err(no_fit);
        }
        let left: f64 = rows.iter().map(|row| (1.0 - dot(*row, [a, b, c])).powi(2)).sum();
        let freedom = points.len() - 3;
        let variance = left / freedom as f64;
        let width = student_t(freedom);
        // The gradient of each parameter in a, b, c.
        let estimate = |value: f64, gradient: [f64; 3]| {
            let spread = inverse.map(|row| dot(row, gradient));
            let deviation = (variance * dot(spread, gradient)).max(0.0).sqrt();
            Estimate { value, low: value - width * deviation, high: value + width * deviation }
        };
        let (sigma, kappa) = (b / a, c / a);
        let mut law = ScalingLaw {
            lambda: estimate(1.0 / a, [-1.0 / (a * a), 0.0, 0.0]),
            sigma: estimate(sigma, [-sigma / a, 1.0 / a, 0.0]),
            kappa: estimate(kappa, [-kappa / a, 0.0, 1.0 / a]),
            explained: 0.0,
            largest: sizes.last().copied().unwrap_or_default(),
        };
        law.explained = law.explains(points);
        Ok(law)
    }

    /// Capacity of a size; `None` beyond [`EXTRAPOLATION_MAX`] times what was measured, and where the law has no sense.
    pub fn capacity_of(&self, size: f64) -> Option<f64> {
        (size > 0.0 && size <= self.largest * EXTRAPOLATION_MAX)
            .then(|| self.at(size))
            .filter(|capacity| capacity.is_finite() && *capacity > 0.0)
    }

    /// The size with the highest capacity, beyond which more of it brings less; `None` where the data do not show one within
    /// what may be predicted.
    pub fn peak(&self) -> Option<f64> {
        let peak = ((1.0 - self.sigma.value) / self.kappa.value).sqrt();
        (self.kappa.low > 0.0 && peak <= self.largest * EXTRAPOLATION_MAX).then_some(peak)
    }

    fn at(&self, size: f64) -> f64 {
        let (sigma, kappa) = (self.sigma.value, self.kappa.value);
        self.lambda.value * size / (1.0 + sigma * (size - 1.0) + kappa * size * (size - 1.0))
    }

    fn explains(&self, points: &[(f64, f64)]) -> f64 {
        let mean = points.iter().map(|(_, capacity)| capacity).sum::<f64>() / points.len() as f64;
        let all: f64 = points.iter().map(|(_, capacity)| (capacity - mean).powi(2)).sum();
        let left: f64 = points.iter().map(|(size, capacity)| (capacity - self.at(*size)).powi(2)).sum();
        if all > 0.0 { (1.0 - left / all).max(0.0) } else { 0.0 }
    }
}

fn dot(left: [f64; 3], right: [f64; 3]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// The products of all pairs of columns.
fn gram(rows: &[[f64; 3]]) -> [[f64; 3]; 3] {
    [0, 1, 2].map(|left| [0, 1, 2].map(|right| rows.iter().map(|row| row[left] * row[right]).sum()))
}

/// By cofactors; `None` where the columns say the same.
fn inverse(m: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let cofactor = |row: usize, column: usize| {
        let at = |down: usize, right: usize| m[(row + down) % 3][(column + right) % 3];
        at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)
    };
    let determinant = dot(m[0], [cofactor(0, 0), cofactor(0, 1), cofactor(0, 2)]);
    let scale = m[0][0] * m[1][1] * m[2][2];
    (determinant.abs() > scale * 1e-12)
        .then(|| [0, 1, 2].map(|row| [0, 1, 2].map(|column| cofactor(column, row) / determinant)))
}
