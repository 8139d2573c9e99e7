//! The engine of a discrete-event simulation, independent of Kubernetes: a [calendar](Calendar) of future
//! events, [delay laws](Law) and [random streams](Streams).

mod bits;
mod calendar;
mod law;
mod mix;
mod stream;

pub(crate) use bits::bits;
pub use calendar::Calendar;
pub use law::{Law, LawError, LayeredDraw, Shares};
pub use mix::{Digest, mix};
pub use stream::{Slots, Stream, Streams, to_unit};
