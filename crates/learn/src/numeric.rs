//! Numerical tools: the normal distribution, quadrature, and minimisation without derivatives.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The standard normal distribution function.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// Gauss-Hermite quadrature for the standard normal density: nodes and weights, which sum to 1.
///
/// Exact for polynomials of degree 2 `count` - 1. Roots by Newton's method with deflation
/// (Press et al., Numerical Recipes, section 4.6).
#[must_use]
pub fn normal_quadrature(count: usize) -> Vec<(f64, f64)> {
    let mut roots: Vec<f64> = Vec::with_capacity(count);
    for k in 0..count {
        // Roots of the Hermite polynomial lie nearly like those of a cosine, stretched.
        let scale = libm::sqrt(4.0 * count as f64 + 2.0);
        let mut x = scale * libm::cos(PI * (k as f64 + 0.75) / (count as f64 + 0.5)) * FRAC_1_SQRT_2;
        for _ in 0..200 {
            let (value, slope) = hermite(count, x);
            let pull: f64 = roots.iter().map(|root| 1.0 / (x - root)).sum();
            let step = value / (slope - value * pull);
            x -= step;
            if libm::fabs(step) < 1e-14 {
                break;
            }
        }
        roots.push(x);
    }
    roots.sort_unstable_by(f64::total_cmp);
    let weights: Vec<f64> = roots
        .iter()
        .map(|&root| {
            let (_, slope) = hermite(count, root);
            1.0 / (slope * slope)
        })
        .collect();
    let total: f64 = weights.iter().sum();
    roots.into_iter().zip(weights).map(|(root, weight)| (root, weight / total)).collect()
}

/// The normalised Hermite polynomial (of the density of the standard normal) of this degree and its slope.
fn hermite(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (0.0, 1.0);
    for k in 0..degree {
        let k = k as f64;
        let next = (x * value - libm::sqrt(k) * before) / libm::sqrt(k + 1.0);
        (before, value) = (value, next);
    }
    (value, libm::sqrt(degree as f64) * before)
}

/// The minimum of a function near `start`, by the simplex method of Nelder and Mead (The Computer Journal 7 (1965),
/// 308-313). `step` is the size of the first simplex in each direction.
///
/// Ends when the values of the simplex agree to 1e-9 of their size, or after 400 steps for each dimension.
#[must_use]
pub fn minimum<const N: usize>(
    start: [f64; N],
    step: [f64; N],
    mut of: impl FnMut(&[f64; N]) -> f64,
) -> ([f64; N], f64) {
    let mut simplex: Vec<([f64; N], f64)> = Vec::with_capacity(N + 1);
    simplex.push((start, of(&start)));
    for k in 0..N {
        let mut corner = start;
        corner[k] += step[k];
        simplex.push((corner, of(&corner)));
    }
    for _ in 0..400 * N {
        simplex.sort_by(|one, two| one.1.total_cmp(&two.1));
        let (best, worst) = (simplex[0].1, simplex[N].1);
        if worst - best <= 1e-9 * (1.0 + libm::fabs(best)) {
            break;
        }
        let mut centre = [0.0; N];
        for (corner, _) in &simplex[..N] {
            for k in 0..N {
                centre[k] += corner[k] / N as f64;
            }
        }
        let (last, value) = simplex[N];
        let towards = |by: f64| std::array::from_fn(|k| centre[k] + by * (last[k] - centre[k]));
        let mut tried = |by: f64| {
            let at = towards(by);
            (at, of(&at))
        };
        let reflected = tried(-1.0);
        let better = if reflected.1 < best {
            let expanded = tried(-2.0);
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < simplex[N - 1].1 {
            reflected
        } else {
            tried(if reflected.1 < value { -0.5 } else { 0.5 })
        };
        if better.1 < value {
            simplex[N] = better;
            continue;
        }
        let first = simplex[0].0;
        for (corner, value) in &mut simplex[1..] {
            *corner = std::array::from_fn(|k| f64::midpoint(first[k], corner[k]));
            *value = of(corner);
        }
    }
    simplex.sort_by(|one, two| one.1.total_cmp(&two.1));
    simplex[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution() {
        for (x, p) in [(0.0, 0.5), (1.644_853_626_951_472_2, 0.95), (-1.959_963_984_540_054, 0.025)] {
            assert!((normal_cdf(x) - p).abs() < 1e-14);
        }
    }

    #[test]
    fn quadrature_has_the_moments_of_the_normal() {
        for count in [5, 9, 15, 25] {
            let rule = normal_quadrature(count);
            let moment = |power| rule.iter().map(|(x, w)| w * libm::pow(*x, power)).sum::<f64>();
            for (power, expected) in
                [(0.0, 1.0), (1.0, 0.0), (2.0, 1.0), (4.0, 3.0), (6.0, 15.0), (8.0, 105.0)]
            {
                assert!(
                    (moment(power) - expected).abs() < 1e-9,
                    "{count}: moment {power} is {}",
                    moment(power)
                );
            }
        }
    }

    #[test]
    fn the_simplex_finds_the_bottom_of_a_valley() {
        let rosenbrock =
            |x: &[f64; 2]| libm::pow(1.0 - x[0], 2.0) + 100.0 * libm::pow(x[1] - x[0] * x[0], 2.0);
        let (at, value) = minimum([-1.2, 1.0], [0.5, 0.5], rosenbrock);
        assert!(value < 1e-7 && (at[0] - 1.0).abs() < 1e-3, "{at:?}");
    }
}
