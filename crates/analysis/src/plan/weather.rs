//! Weather: the assumptions of a forecast about everything that a manifest does not state.

/// The behaviour of a cluster and its applications, as a fragment of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weather {
    /// A quiet day in a well-kept cluster.
    Calm,
    /// The defaults of every scenario, and a registry that now and then fails.
    #[default]
    Typical,
    /// Large images, slow starts, a busy control plane, a node that may be lost.
    Rough,
}

/// An assumption and its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumption {
    /// A key of the scenario, or the name of a fault.
    pub what: &'static str,
    /// Its law; empty for a fault.
    pub law: &'static str,
    /// The reason.
    pub why: &'static str,
}

impl Weather {
    /// All weathers, the best first.
    pub const ALL: [Self; 3] = [Self::Calm, Self::Typical, Self::Rough];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Typical => "typical",
            Self::Rough => "rough",
        }
    }

    /// Its assumption, in a few words for a help text.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Calm => "A quiet day in a well-kept cluster",
            Self::Typical => "The defaults of every scenario, and a registry that now and then fails",
            Self::Rough => "Large images, slow starts, a busy control plane, a node that may be lost",
        }
    }

    /// The weather with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|weather| weather.as_str() == name)
    }

    /// The fragment: keys of a scenario's `spec`.
    pub const fn fragment(self) -> &'static str {
        match self {
            Self::Calm => include_str!("../../weather/calm.yaml"),
            Self::Typical => include_str!("../../weather/typical.yaml"),
            Self::Rough => include_str!("../../weather/rough.yaml"),
        }
    }

    /// The assumptions that the comments of the fragment state, in order.
    pub fn assumptions(self) -> Vec<Assumption> {
        let (mut assumptions, mut pending) = (Vec::new(), None);
        for line in self.fragment().lines().map(str::trim) {
            if let Some(why) = line.strip_prefix("# assumed: ") {
                pending = Some(why);
            } else if let Some((key, law, why)) = commented(line) {
                assumptions.push(Assumption { what: key, law, why });
            } else if let (Some(name), Some(why)) = (name(line), pending) {
                assumptions.push(Assumption { what: name, law: "", why });
                pending = None;
            }
        }
        assumptions
    }
}

/// `key: law  # why`
fn commented(line: &str) -> Option<(&str, &str, &str)> {
    let (value, why) = line.split_once(" # ")?;
    let (key, law) = value.split_once(':')?;
    Some((key.trim(), law.trim(), why.strip_prefix("assumed: ").unwrap_or(why)))
}

/// The name of the fault that begins on this line.
fn name(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("name:")?;
    rest.trim().split([',', '}', ' ']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_law_and_every_fault_says_what_it_assumes() {
        for weather in Weather::ALL {
            let text = weather.fragment();
            let laws = text.lines().filter(|line| line.contains("# ") && line.contains('{')).count();
            let faults = text.matches("name:").count();
            let assumptions = weather.assumptions();
            assert_eq!(assumptions.len(), laws + faults, "{assumptions:#?}");
            assert_eq!(laws, 8);
            assert!(assumptions.iter().all(|assumption| !assumption.why.is_empty()));
        }
        let first = Weather::Typical.assumptions()[0];
        assert_eq!((first.what, first.law), ("pull", "{lognormal: {median: 8s, p95: 30s}}"));
        let last = Weather::Rough.assumptions().pop().unwrap();
        assert_eq!((last.what, last.law), ("node-lost", ""));
    }
}
