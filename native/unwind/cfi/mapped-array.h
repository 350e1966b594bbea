// Where do tables live? In anonymous mappings of their own, so that building them never enters the host's allocator.
//
// A full machine is an answer (false), not an abort: the standard containers cannot say that without exceptions.
// SPDX-License-Identifier: MPL-2.0
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <type_traits>

namespace pyro::unwind {

template <typename T>
class MappedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  MappedArray() = default;
  ~MappedArray() { release(); }
  MappedArray(MappedArray &&other) noexcept : data_(other.data_), size_(other.size_), bytes_(other.bytes_) {
    other.forget();
  }
  MappedArray &operator=(MappedArray &&other) noexcept {
    if (this == &other) return *this;
    release();
    data_ = other.data_;
    size_ = other.size_;
    bytes_ = other.bytes_;
    other.forget();
    return *this;
  }

  // Room for `count` elements; pages that are not touched cost nothing. Fresh elements are zero.
  bool reserve(size_t count) {
    if (count > (size_t{1} << 40) / sizeof(T)) return false;
    const size_t wanted = (count * sizeof(T) + 4095) & ~size_t{4095};
    if (wanted <= bytes_) return true;
    void *at = data_
                   ? mremap(data_, bytes_, wanted, MREMAP_MAYMOVE)
                   : mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return false;
    data_ = static_cast<T *>(at);
    bytes_ = wanted;
    return true;
  }
  bool resize(size_t count) {
    if (!reserve(count)) return false;
    size_ = count;
    return true;
  }
  bool push(const T &value) {
    if ((size_ + 1) * sizeof(T) > bytes_ && !reserve(size_ ? size_ * 2 : 16384 / sizeof(T) + 1)) return false;
    data_[size_++] = value;
    return true;
  }
  void clear() { size_ = 0; }

  T *data() { return data_; }
  const T *data() const { return data_; }
  T &operator[](size_t i) { return data_[i]; }
  const T &operator[](size_t i) const { return data_[i]; }
  T *begin() { return data_; }
  T *end() { return data_ + size_; }
  const T *begin() const { return data_; }
  const T *end() const { return data_ + size_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t mapped_bytes() const { return bytes_; }

 private:
  void forget() {
    data_ = nullptr;
    size_ = bytes_ = 0;
  }
  void release() {
    if (data_) munmap(data_, bytes_);
    forget();
  }

  T *data_ = nullptr;
  size_t size_ = 0;
  size_t bytes_ = 0;
};

}  // namespace pyro::unwind
