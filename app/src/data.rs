//! What a page shows, as the server sent it. The answer travels as text through one kind of resource and gets its type where it
//! is read, so that the browser downloads the machinery of waiting once. Not in here: the way to the server (see `api`).

use crate::api::{Question, typed};
use domain::{Problem, View};
use leptos::{prelude::*, server::codee::string::FromToStringCodec};
use serde::de::DeserializeOwned;
use std::{any::Any, convert::Infallible, fmt, marker::PhantomData, str::FromStr, sync::Arc};

/// An answer on its way: its JSON or a problem, as text with a mark in front.
#[derive(Clone, Debug, PartialEq)]
struct Answer(Result<Arc<str>, Problem>);

const GOOD: char = '+';
const BAD: char = '-';

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(json) => write!(f, "{GOOD}{json}"),
            Err(problem) => write!(f, "{BAD}{}", serde_json::to_string(problem).unwrap_or_default()),
        }
    }
}

impl FromStr for Answer {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(match text.strip_prefix(GOOD) {
            Some(json) => Ok(json.into()),
            None => Err(typed(text.trim_start_matches(BAD)).unwrap_or_else(|problem| problem)),
        }))
    }
}

/// Data of a page; `Copy`, so that closures can hold it. Read it inside a `Suspense` or `Transition` of a route.
pub struct Data<T> {
    sent: Sent,
    is: PhantomData<fn() -> T>,
}

/// The same without its type.
#[derive(Clone, Copy)]
struct Sent {
    answer: Resource<Answer, FromToStringCodec>,
    /// The answer as it was read last, kept for whoever reads it again.
    read: StoredValue<Option<(Arc<str>, Read)>>,
}

type Read = Arc<dyn Any + Send + Sync>;

impl<T> Clone for Data<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Data<T> {}

/// Loads a view and loads it again whenever `input` gives another.
pub fn load<V: View>(input: impl Fn() -> V + Send + Sync + 'static) -> Data<V::Output> {
    load_when(move || Some(input()))
}

/// The same for something that is not always asked; without a question the answer is "not found".
pub fn load_when<V: View>(input: impl Fn() -> Option<V> + Send + Sync + 'static) -> Data<V::Output> {
    Data { sent: Sent::new(Box::new(move || input().as_ref().map(Question::new))), is: PhantomData }
}

impl Sent {
    fn new(question: Box<dyn Fn() -> Option<Question> + Send + Sync>) -> Self {
        let answer = Resource::new_str(question, |question| async move {
            Answer(match question {
                Some(question) => question.answer().await.map(Arc::from),
                None => Err(Problem::not_found()),
            })
        });
        Self { answer, read: StoredValue::new(None) }
    }

    fn json(self) -> Option<Result<Arc<str>, Problem>> {
        self.answer.get().map(|answer| answer.0)
    }

    fn read(self, read: fn(&str) -> Option<Read>) -> Option<Read> {
        let json = self.json()?.ok()?;
        // The server makes pieces of a page on several threads. While one keeps what it read, another sees nothing and reads for itself.
        if let Some((_, read)) = self.read.try_get_value().flatten().filter(|(of, _)| Arc::ptr_eq(of, &json)) {
            return Some(read);
        }
        let read = read(&json)?;
        self.read.try_set_value(Some((json, Arc::clone(&read))));
        Some(read)
    }
}

/// Asks once, outside of a page's rendering.
pub async fn ask<V: View>(view: V) -> Result<V::Output, Problem> {
    typed(&Question::new(&view).answer().await?)
}

impl<T: DeserializeOwned + Send + Sync + 'static> Data<T> {
    /// The answer, once it is there.
    #[must_use]
    pub fn get(self) -> Option<Result<T, Problem>> {
        self.sent.json().map(|json| typed(&json?))
    }

    /// The answer, if it is there and good; for what is read again and again.
    #[must_use]
    pub fn good(self) -> Option<Arc<T>> {
        self.sent.read(|json| Some(Arc::new(typed::<T>(json).ok()?))).and_then(|read| read.downcast().ok())
    }
}

impl<T> Data<T> {
    /// Why there is no answer, if that is known.
    #[must_use]
    pub fn problem(self) -> Option<Problem> {
        self.sent.answer.with(|answer| answer.as_ref().and_then(|answer| answer.0.as_ref().err().cloned()))
    }

    /// True once there is an answer, good or bad.
    #[must_use]
    pub fn is_there(self) -> bool {
        self.sent.answer.with(Option::is_some)
    }

    /// Makes the `Suspense` around it wait for the answer.
    pub fn wait(self) {
        let _ = self.is_there();
    }

    /// Follows the answer without reading it.
    pub fn track(self) {
        self.sent.answer.track();
    }

    /// Asks again; what is shown stays until the answer is there.
    pub fn refetch(self) {
        self.sent.answer.refetch();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ProblemKind;

    #[test]
    fn an_answer_arrives_as_it_was_sent() {
        let good = Answer(Ok("{\"rows\":[\"-1\"]}".into()));
        let bad = Answer(Err(Problem::new(ProblemKind::Unavailable, "The database does not answer.")));
        for answer in [good, bad] {
            assert_eq!(answer.to_string().parse(), Ok(answer));
        }
        let nonsense: Answer = "".parse().expect("always something");
        assert_eq!(nonsense.0.expect_err("a problem").kind, ProblemKind::Internal);
    }
}
