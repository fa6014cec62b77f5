//! The desk over a real database: taking detections in, and its pages.

mod detections;
mod given;
mod pages;
