# Trang lỗi và tùy chọn chung.
web-province = Toàn tỉnh
web-error-home = Về trang đầu
web-error-request = Mã yêu cầu: { $id }
web-error-title-not-found = Không tìm thấy
web-error-text-not-found = Trang hoặc mục này không tồn tại, đã bị xóa, hoặc không thuộc phạm vi của bạn.
web-error-title-forbidden = Không có quyền
web-error-text-forbidden = Vai trò hiện tại của bạn không cho phép thao tác này. Nếu cần, hãy liên hệ người quản trị.
web-error-title-unauthenticated = Chưa đăng nhập
web-error-text-unauthenticated = Phiên làm việc đã hết hạn. Hãy đăng nhập lại.
web-error-title-conflict = Dữ liệu đã thay đổi
web-error-text-conflict = Mục này vừa được người khác thay đổi hoặc không còn ở trạng thái cho phép thao tác. Hãy tải lại trang rồi thử lại.
web-error-title-invalid = Dữ liệu chưa hợp lệ
web-error-text-invalid = Có thông tin chưa đúng. Hãy quay lại trang trước, sửa rồi gửi lại.
web-error-title-busy = Hệ thống đang bận
web-error-text-busy = Có quá nhiều yêu cầu cùng lúc. Hãy thử lại sau ít phút.
web-error-title-unavailable = Tạm thời không phục vụ được
web-error-text-unavailable = Một bộ phận của hệ thống chưa trả lời. Hãy thử lại; nếu vẫn lỗi, báo người quản trị kèm mã yêu cầu dưới đây.
web-error-title-bug = Có lỗi trong chương trình
web-error-text-bug = Yêu cầu của bạn chưa được thực hiện. Lỗi đã được ghi nhật ký; khi báo người quản trị, hãy kèm mã yêu cầu dưới đây.
# Tìm nhanh.
web-find-pages = Trang
# Thông báo: giá trị trong ngoặc là của từng thông báo.
web-notice-alert-critical = Cảnh báo nghiêm trọng mới: { $title } — { $entity }
web-notice-alert-taken = { $who } đã chuyển cảnh báo bạn đang xử lý sang “{ $state }”: { $title }
web-notice-warning-issued = Cảnh báo { $code } gửi { $unit }: { $subject }
web-notice-warning-answered = { $unit } đã xác nhận cảnh báo { $code }: { $subject }
web-notice-warning-due = Sắp đến hạn phản hồi cảnh báo { $code } ({ $unit }): { $subject }
web-notice-warning-overdue = Quá hạn phản hồi cảnh báo { $code } ({ $unit }): { $subject }
web-notice-source-silent = Nguồn “{ $name }” ngừng gửi dữ liệu
web-notice-review-opened = { $who } đã mở đợt rà soát quyền truy cập “{ $name }”, hạn { $due }
web-notice-factor-removed = Xác thực hai bước của bạn đã bị gỡ bởi { $who }: { $why }
web-notice-grant-given = { $who } đã cấp quyền cho bạn
web-notice-grant-taken = { $who } đã thu hồi một quyền của bạn
web-notice-health-warning = Hệ thống cần chú ý: { $what }
web-notice-health-fault = Hệ thống gặp sự cố: { $what }
