//! The fields of an object, by key. Sorted and searched by halves: a map for what people write, in a fraction of a map's code, which a
//! browser has to download.

use crate::Json;

/// Fields of an object; each key once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, Json)>);

impl Fields {
    /// From pairs in any order; the key that is there twice is the error.
    pub(crate) fn of(mut pairs: Vec<(String, Json)>) -> Result<Self, String> {
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        match pairs.windows(2).find(|two| two[0].0 == two[1].0) {
            Some(twice) => Err(twice[0].0.clone()),
            None => Ok(Self(pairs)),
        }
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|pair| pair.0.as_str().cmp(key))
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.place(key).ok().map(|at| &self.0[at].1)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        self.place(key).ok().map(|at| &mut self.0[at].1)
    }

    pub(crate) fn insert(&mut self, key: &str, value: Json) {
        match self.place(key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key.to_owned(), value)),
        }
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if let Ok(at) = self.place(key) {
            self.0.remove(at);
        }
    }

    /// In the order of their keys.
    pub fn iter(&self) -> std::slice::Iter<'_, (String, Json)> {
        self.0.iter()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Json)> for Fields {
    /// Of a key that comes twice the last counts.
    fn from_iter<I: IntoIterator<Item = (String, Json)>>(pairs: I) -> Self {
        let mut fields = Self::default();
        pairs.into_iter().for_each(|(key, value)| fields.insert(&key, value));
        fields
    }
}
