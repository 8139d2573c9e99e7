//! All resolved values of a scenario, with their origins.

/// One resolved value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The path at which a scenario sets it: `spec.cluster.controlPlane.watch`.
    pub path: String,
    /// The value as a scenario writes it.
    pub value: String,
    /// Its origin.
    pub origin: Origin,
}

/// The origin of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The scenario or the manifest states it.
    Stated,
    /// A default, with the reason for this value.
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
