//! Sends file descriptors from process to process, over a Unix socket: a byte that says what it is, and the descriptor.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

/// Sends a descriptor with a tag.
pub fn send(channel: impl AsFd, tag: u8, descriptor: BorrowedFd<'_>) -> io::Result<()> {
    let descriptors = [descriptor];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    // The space is of one.
    control.push(SendAncillaryMessage::ScmRights(&descriptors));
    sendmsg(channel, &[IoSlice::new(&[tag])], &mut control, SendFlags::empty())?;
    Ok(())
}

/// The next tag, and the descriptor that came with it if there is one; `None` when the channel has ended.
pub fn receive(channel: impl AsFd) -> io::Result<Option<(u8, Option<OwnedFd>)>> {
    let mut tag = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    // The local cloud begins other processes, which must not inherit what it holds.
    #[cfg(target_os = "linux")]
    let flags = RecvFlags::CMSG_CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let flags = RecvFlags::empty();
    let received = recvmsg(channel, &mut [IoSliceMut::new(&mut tag)], &mut control, flags)?;
    if received.bytes == 0 {
        return Ok(None);
    }
    let mut descriptor = None;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(all) = message {
            descriptor = all.last();
        }
    }
    Ok(Some((tag[0], descriptor)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_descriptor_arrives_with_its_tag_and_works() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (mut near, far) = UnixStream::pair().unwrap();
        send(&ours, b'a', far.as_fd()).unwrap();
        (&ours).write_all(b"b").unwrap();
        drop((ours, far));
        let (tag, descriptor) = receive(&theirs).unwrap().unwrap();
        assert_eq!(tag, b'a');
        UnixStream::from(descriptor.unwrap()).write_all(b"through").unwrap();
        let mut text = String::new();
        near.read_to_string(&mut text).unwrap();
        assert_eq!(text, "through");
        assert!(matches!(receive(&theirs).unwrap(), Some((b'b', None))));
        assert!(receive(&theirs).unwrap().is_none());
    }
}
