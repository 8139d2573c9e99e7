//! Notes about the interpretation of manifests.

/// Notes, in order. Objects that are ignored for the same reason are one note.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Note>);

#[derive(Debug)]
enum Note {
    Text(String),
    /// Ignored objects of a kind by name, with the reason for one object and for several.
    Ignored {
        kind: String,
        names: Vec<String>,
        one: String,
        many: String,
    },
}

impl Notes {
    /// Adds a note.
    pub(crate) fn push(&mut self, text: String) {
        self.0.push(Note::Text(text));
    }

    /// Adds the note that an object is ignored, with the reason for one object and for several.
    pub(crate) fn ignored(&mut self, kind: &str, name: &str, one: &str, many: &str) {
        let same = |note: &&mut Note| matches!(note, Note::Ignored { kind: known, one: why, .. } if known == kind && why == one);
        match self.0.iter_mut().find(same) {
            Some(Note::Ignored { names, .. }) => names.push(name.to_owned()),
            _ => self.0.push(Note::Ignored {
                kind: kind.to_owned(),
                names: vec![name.to_owned()],
                one: one.to_owned(),
                many: many.to_owned(),
            }),
        }
    }

    /// Adds all of other notes.
    pub(crate) fn append(&mut self, other: Self) {
        for note in other.0 {
            match note {
                Note::Text(text) => self.push(text),
                Note::Ignored { kind, names, one, many } => {
                    for name in names {
                        self.ignored(&kind, &name, &one, &many);
                    }
                }
            }
        }
    }

    /// One line for each note.
    pub(crate) fn into_lines(self) -> Vec<String> {
        let line = |note| match note {
            Note::Text(text) => text,
            Note::Ignored { kind, names, one, many } => match names.as_slice() {
                [name] => format!("{kind} {name} is ignored: {one}"),
                names => format!("{} objects of the kind {kind} are ignored: {many}", names.len()),
            },
        };
        self.0.into_iter().map(line).collect()
    }
}

impl Extend<String> for Notes {
    fn extend<I: IntoIterator<Item = String>>(&mut self, texts: I) {
        texts.into_iter().for_each(|text| self.push(text));
    }
}
