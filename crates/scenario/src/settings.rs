//! Every value a scenario ends up with, and where it comes from.

/// One resolved value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Where a scenario would set it: `spec.cluster.controlPlane.watch`.
    pub path: String,
    /// The value, as a scenario would write it.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The scenario or the manifest states it.
    Stated,
    /// It is not stated; why this value is a good one, or that it is assumed.
    Default(&'static str),
}

/// The values in the order in which they were resolved.
#[derive(Debug, Default)]
pub(crate) struct Settings(Vec<Setting>);

impl Settings {
    /// Notes a value.
    pub(crate) fn add(&mut self, path: impl Into<String>, value: &impl ToString, origin: Origin) {
        self.0.push(Setting { path: path.into(), value: value.to_string(), origin });
    }

    /// The stated value or the default one, noted either way.
    pub(crate) fn choose<T>(
        &mut self,
        path: impl Into<String>,
        stated: Option<T>,
        (default, source): (T, &'static str),
        show: impl Fn(&T) -> String,
    ) -> T {
        let (value, origin) = match stated {
            Some(value) => (value, Origin::Stated),
            None => (default, Origin::Default(source)),
        };
        self.add(path, &show(&value), origin);
        value
    }

    /// All of them.
    pub(crate) fn into_vec(self) -> Vec<Setting> {
        self.0
    }
}
