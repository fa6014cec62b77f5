# Rà soát nhật ký (mangrove hunt): trang báo cáo và bảng tóm tắt
hunt-title = Báo cáo rà soát nhật ký
hunt-made = Lập lúc { $time } (giờ Việt Nam)
hunt-footer = Báo cáo do Mangrove lập từ các tệp nhật ký đã nêu. Mỗi dòng là dấu hiệu do quy tắc phát hiện, cần cán bộ xác minh trước khi kết luận là sự cố. Giờ ghi theo giờ Việt Nam.
hunt-stopped = Việc rà soát bị dừng giữa chừng: báo cáo chỉ gồm phần đã đọc.

hunt-verdict-unread = Không đọc được sự kiện nào, vì vậy chưa thể kết luận.
hunt-verdict-none = Không có dấu hiệu nào khớp { $rules } quy tắc trong { $events } sự kiện đã đọc.
hunt-verdict-some = { $all } phát hiện theo { $rules } quy tắc trên { $hosts } máy.
hunt-verdict-grave = Cần xem ngay: { $critical } ở mức nghiêm trọng, { $high } ở mức cao.
hunt-verdict-mild = Không có phát hiện nào ở mức cao trở lên.

hunt-level-informational = Thông tin
hunt-level-low = Thấp
hunt-level-medium = Trung bình
hunt-level-high = Cao
hunt-level-critical = Nghiêm trọng

hunt-fact-inputs = Tệp đã đọc
hunt-fact-inputs-value = { $read } / { $all }
hunt-fact-bytes = Dung lượng
hunt-fact-events = Sự kiện
hunt-fact-span = Thời gian của sự kiện
hunt-fact-rules = Quy tắc sử dụng
hunt-fact-elapsed = Thời gian chạy
hunt-fact-seconds = { $n } giây
hunt-fact-outside = Sự kiện ngoài khoảng thời gian đã chọn
hunt-fact-unparsed = Sự kiện chưa nhận dạng được
hunt-fact-no-time = Sự kiện không có thời gian tin cậy
hunt-fact-truncated = Sự kiện quá dài, đã cắt bớt
hunt-fact-not-utf8 = Sự kiện có ký tự không hợp lệ
hunt-fact-below = Phát hiện dưới mức đã chọn

hunt-timeline = Diễn biến theo thời gian
hunt-timeline-all = Tất cả phát hiện
hunt-timeline-key = Chiều cao cột theo căn bậc hai của số phát hiện; vạch đứt: khoảng không có phát hiện, đã lược bỏ

hunt-tactic-reconnaissance = Trinh sát
hunt-tactic-resource-development = Chuẩn bị nguồn lực
hunt-tactic-initial-access = Xâm nhập ban đầu
hunt-tactic-execution = Thực thi mã
hunt-tactic-persistence = Duy trì hiện diện
hunt-tactic-privilege-escalation = Leo thang đặc quyền
hunt-tactic-defense-evasion = Né tránh phát hiện
hunt-tactic-stealth = Che giấu hoạt động
hunt-tactic-defense-impairment = Vô hiệu hóa phòng thủ
hunt-tactic-credential-access = Đánh cắp thông tin xác thực
hunt-tactic-discovery = Dò tìm trong mạng
hunt-tactic-lateral-movement = Lan sang máy khác
hunt-tactic-collection = Thu thập dữ liệu
hunt-tactic-command-and-control = Kết nối điều khiển
hunt-tactic-exfiltration = Đưa dữ liệu ra ngoài
hunt-tactic-impact = Phá hoại
hunt-tactic-none = Không gắn chiến thuật

hunt-by-host = Theo máy
hunt-by-rule = Theo quy tắc
hunt-by-tactic = Theo chiến thuật ATT&CK
hunt-times-on-hosts = { $times } lần trên { $hosts } máy
hunt-what = Chuyện gì đã xảy ra
hunt-what-first = Ví dụ: { $host }, { $time }
hunt-why = Vì sao đáng chú ý
hunt-do = Cần làm ngay
hunt-false-positives = Có thể là hoạt động bình thường khi:
hunt-more = … và { $n } mục nữa không liệt kê ở đây; dùng --output csv hoặc jsonl để xem đủ.

hunt-time = Thời gian
hunt-time-unknown = không rõ thời gian
hunt-host = Máy
hunt-host-unknown = (không rõ máy)
hunt-user = Tài khoản
hunt-matched = Trường khớp
hunt-place = Nguồn
hunt-level = Mức độ
hunt-rule = Quy tắc
hunt-count = Số lần
hunt-first = Lần đầu
hunt-last = Lần cuối
hunt-tactic = Chiến thuật

hunt-skipped = Phần bị bỏ qua
hunt-skipped-sum = Bỏ qua: { $what }.
hunt-skipped-inputs = { $n } chỗ trong dữ liệu
hunt-skipped-rules = { $n } quy tắc
hunt-skipped-lost = Ước tính mất { $n } bản ghi.
hunt-skipped-see = Xem chi tiết
hunt-input = Nguồn
hunt-reason = Lý do
hunt-remedy = Cách khắc phục
hunt-progress = { $events } sự kiện ({ $rate }/giây), { $detections } phát hiện
hunt-stopping = Đang dừng… (nhấn Ctrl-C lần nữa để thoát ngay)
hunt-lake = Rà { $n } sự kiện đã lưu.
hunt-written = Đã ghi kết quả vào { $file }
hunt-rules-left-out = Không dùng các thư mục quy tắc: { $folders }; muốn dùng thì nêu riêng bằng --rules.

hunt-place-line = dòng { $n }
hunt-place-byte = byte { $n }
hunt-place-record = bản ghi { $n }
hunt-place-chunk = khối { $n }
hunt-place-whole = toàn bộ
hunt-fact-late = Sự kiện quá lệch thứ tự, không tính vào tương quan
hunt-indicators = Đối chiếu với { $n } chỉ báo trong { $lists } danh sách.
